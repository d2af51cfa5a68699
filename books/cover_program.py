"""A process that renders a cover and ends: `cover_program.py WIDE HIGH FAMILY SYSTEM_FONTS FONT...`.

In: SVG. Out: PNG. Run as a file: it imports nothing of ours.
"""

import sys

import resvg_py


def main() -> None:
    wide, high, family, system_fonts, *fonts = sys.argv[1:]
    data = resvg_py.svg_to_bytes(
        svg_string=sys.stdin.buffer.read().decode(),
        width=int(wide),
        height=int(high),
        font_files=fonts,
        font_family=family,
        serif_family=family,
        skip_system_fonts=system_fonts == "0",
    )
    sys.stdout.buffer.write(bytes(data))


if __name__ == "__main__":
    main()
