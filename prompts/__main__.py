"""Write down the hashes of the prompts as they are now: `python -m prompts`, at every change of one."""

from prompts import FOLDER, SHIPPED, hash_of

if __name__ == "__main__":
    known = (FOLDER / "shipped.txt").read_text(encoding="utf-8").splitlines()
    new = [f"{hash_of(text)} {name}" for name, text in SHIPPED.items()]
    lines = [*known, *(line for line in new if line not in known)]
    (FOLDER / "shipped.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
