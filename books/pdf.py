"""A book as a PDF, set like a novel."""

import json
import re
import shutil
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from books import coverage, layout, lettering, prose
from books.cover import cover_svg
from books.layout import Run
from books.pictures import fit, fit_cover
from domain.book import Book

_TEMPLATE = Path(__file__).parent / "templates" / "novel.typ"
_LONGEST_HEAD = 60
# The room for the title on its page, in points
_TITLE = {"wide": 230.0, "high": 200.0, "largest": 26.0}
_ENDLESS = re.compile(r"\S{32}(?=\S)")


def pdf(book: Book, path: Path) -> None:
    """Write the book as a PDF; the same book gives the same bytes. Raises `FontMissing` and `PictureUnreadable`."""
    import typst

    check_letters(book)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = json.dumps(_data(book, folder), ensure_ascii=False, default=asdict)
        typst.compile(
            Path(shutil.copy(_TEMPLATE, folder)),
            output=path,
            format="pdf",
            sys_inputs={"book": data},
            font_paths=[lettering.FONT_FOLDER],
            ignore_system_fonts=lettering.covers("".join(set(data) - {"\n", "\u200b"})),
            timestamp=int(layout.made_at(book).timestamp()),
        )


def check_letters(book: Book) -> None:
    """Raise `FontMissing` when the book would be full of empty boxes."""
    coverage.check("".join([book.title, *(chapter.text for chapter in book.chapters)]))


def _data(book: Book, folder: Path) -> dict[str, Any]:
    data = layout.facts(book)
    data["cover"] = _cover(book, folder)
    data["lang"], data["region"] = _language(data["language"])
    data["running"] = _head(data["title"])
    data["title_lines"] = lettering.fit(data["title"], style="Regular", tracking=0.0, **_TITLE).lines
    for chapter, page in zip(book.chapters, data["chapters"], strict=True):
        page["running"] = _head(page["title"] or page["label"])
        page["picture"] = ""
        if chapter.picture:
            page["picture"] = fit(chapter.picture, folder / f"{page['id']}.jpg").name
        for block in page["blocks"]:
            _prepare(block)
    return data


def _language(tag: str) -> tuple[str, str | None]:
    """Return a language and its country as typst takes them, by which it hyphenates."""
    language, *rest = tag.split("-")
    country = next((part for part in rest if len(part) == 2 and part.isalpha()), None)
    return language, country


def _cover(book: Book, folder: Path) -> str:
    if book.cover:
        return fit_cover(book, folder).name
    drawn = cover_svg(
        prose.title(book),
        author=prose.line(book.author),
        genre=prose.line(book.genre),
        seed=book.identifier,
    )
    (folder / "cover.svg").write_text(drawn, encoding="utf-8")
    return "cover.svg"


def _head(title: str) -> str:
    return title if len(title) <= _LONGEST_HEAD else title[: _LONGEST_HEAD - 1].rstrip() + "…"


def _prepare(block: dict[str, Any]) -> None:
    """Let endless words break, and part the paragraph that a large initial opens into words."""
    block["runs"] = [replace(run, text=_ENDLESS.sub("\\g<0>\u200b", run.text)) for run in block["runs"]]
    if block["style"] == "first initial":
        lead, *rest = block["runs"]
        block["initial"] = lead.text[0]
        block["words"] = _words([replace(lead, text=lead.text[1:]), *rest])


def _words(runs: list[Run]) -> list[list[Run]]:
    """Return each word as its runs; a word ends with the space after it."""
    words: list[list[Run]] = [[]]
    for run in runs:
        for piece in re.findall(r"\S+\s*|\s+", run.text):
            words[-1].append(replace(run, text=piece))
            if piece[-1].isspace():
                words.append([])
    return [word for word in words if word]
