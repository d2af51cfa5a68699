import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from books.epub import epub, pages
from books.markdown import illustrated
from books.pdf import pdf
from books.pictures import PictureUnreadable, fit, fit_cover
from domain.book import Book, BookPicture

from .conftest import picture
from .test_epub import complaints

needs_poppler = pytest.mark.skipif(shutil.which("pdfimages") is None, reason="poppler-utils is not installed")


def test_a_picture_is_shrunk_to_a_page_and_put_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (3200, 1800), (255, 0, 0, 0)).save(tmp_path / "clear.png")

    fit(BookPicture(path=tmp_path / "clear.png"), tmp_path / "page.jpg")

    with Image.open(tmp_path / "page.jpg") as page:
        assert (page.format, page.mode, page.size) == ("JPEG", "RGB", (1600, 900))
        assert page.getpixel((800, 450)) == (255, 255, 255)


def test_a_jpeg_that_fits_is_kept_byte_for_byte(tmp_path: Path) -> None:
    small = picture(tmp_path / "small.jpg", (1600, 900))

    assert fit(small, tmp_path / "page.jpg").read_bytes() == small.path.read_bytes()


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\nbroken"])
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "scene.png").write_bytes(content)

    with pytest.raises(PictureUnreadable, match=r"scene\.png"):
        fit(BookPicture(path=tmp_path / "scene.png"), tmp_path / "page.jpg")


def test_a_chapter_opens_with_its_picture_and_says_what_is_seen(audiobook: Book) -> None:
    chapter = pages(audiobook)["EPUB/chapter-1.xhtml"].decode()

    assert (
        '<figure class="picture"><img src="chapter-1.jpg" alt="A &#34;moon&#34; &amp; a roof"/></figure>'
        in chapter
    )
    assert b"illustrated by offline:illustrator, read by Edmund" in pages(audiobook)["EPUB/colophon.xhtml"]


@needs_poppler
def test_every_chapter_of_a_pdf_opens_with_its_picture(audiobook: Book, tmp_path: Path) -> None:
    pdf(audiobook, tmp_path / "book.pdf")
    command = ["pdfimages", "-list", str(tmp_path / "book.pdf")]
    listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout

    assert [line.split()[3:5] for line in listed.splitlines()[2:]] == [["1344", "768"]] * 3


def test_markdown_with_pictures_is_a_zip_whose_links_lead_to_them(audiobook: Book, tmp_path: Path) -> None:
    illustrated(audiobook, tmp_path / "book.md.zip")

    with zipfile.ZipFile(tmp_path / "book.md.zip") as archive:
        text = archive.read("book.md").decode()
        links = re.findall(r"!\[(.*)\]\((.*)\)", text)
        assert links[0] == ("Cover", "cover.png")
        assert [name for _, name in links[1:]] == [f"pictures/chapter-{number}.jpg" for number in (1, 2, 3)]
        assert set(archive.namelist()) == {"book.md", *(name for _, name in links)}
        assert "offline:storyteller, illustrated by offline:illustrator, made" in text


def test_a_cover_shows_the_picture_that_the_book_brings_under_its_title(
    audiobook: Book, tmp_path: Path
) -> None:
    cover = picture(tmp_path / "art.png", (1344, 768), "#c03020")

    made = fit_cover(replace(audiobook, cover=cover), tmp_path)

    with Image.open(made) as image:
        assert (image.format, image.size) == ("JPEG", (1600, 2400))
        red, green, blue = image.crop((700, 1200, 900, 1400)).resize((1, 1)).tobytes()
        assert red > 180 and green < 70 and blue < 60
        greys = image.crop((100, 150, 1500, 730)).convert("L").tobytes()
        assert min(greys) < 80 and max(greys) > 200


def test_a_book_with_a_picture_on_its_cover_satisfies_the_outside_judge(
    audiobook: Book, tmp_path: Path
) -> None:
    pictured = replace(audiobook, cover=picture(tmp_path / "art.png"))
    epub(pictured, tmp_path / "book.epub")
    pdf(pictured, tmp_path / "book.pdf")

    assert complaints(tmp_path / "book.epub") == []
    assert (tmp_path / "book.pdf").read_bytes().startswith(b"%PDF-")
