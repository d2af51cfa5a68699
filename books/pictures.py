"""Pictures made fit for a page: JPEG on white, no larger than a reader's screen shows."""

import shutil
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from books import prose
from books.cover import cover
from books.motifs.canvas import HEIGHT, WIDTH
from domain.book import Book, BookPicture
from domain.errors import FabulaError

LONGEST = 1600
_QUALITY = 86


class PictureUnreadable(FabulaError):
    """A picture of the book cannot be read."""


def fit(picture: BookPicture, target: Path, *, longest: int = LONGEST) -> Path:
    """Write the picture to the target as JPEG and return it. Raises `PictureUnreadable`.

    A JPEG that is small enough is kept as it is; what is transparent becomes white, so that it is seen
    on a dark page too.
    """
    try:
        with Image.open(picture.path) as image:
            if image.format == "JPEG" and image.mode == "RGB" and max(image.size) <= longest:
                shutil.copyfile(picture.path, target)
            else:
                _flat(image, longest).save(target, "JPEG", quality=_QUALITY, optimize=True)
    except (OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise PictureUnreadable(f"the picture {picture.path.name} cannot be read: {error}") from error
    return target


def fit_cover(book: Book, folder: Path, *, wide: int = WIDTH) -> Path:
    """Write the book's cover into the folder and return it: `cover.jpg`, or `cover.png` when it is drawn."""
    drawn, name = folder / "drawn.png", folder / cover_name(book)
    if not book.cover:
        name.write_bytes(_cover(book, wide, None))
        return name
    drawn.write_bytes(_cover(book, wide, fit(book.cover, folder / "picture-of-cover.jpg")))
    return fit(BookPicture(path=drawn), name, longest=wide * HEIGHT // WIDTH)


def cover_name(book: Book) -> str:
    return "cover.jpg" if book.cover else "cover.png"


def _cover(book: Book, wide: int, picture: Path | None) -> bytes:
    author, genre = prose.line(book.author), prose.line(book.genre)
    return cover(
        prose.title(book), author=author, genre=genre, seed=book.identifier, wide=wide, picture=picture
    )


def _flat(image: Image.Image, longest: int) -> Image.Image:
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    seen = image.convert("RGBA")
    flat = Image.new("RGB", seen.size, "white")
    flat.paste(seen, mask=seen.getchannel("A"))
    return flat
