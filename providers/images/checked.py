"""What came as a picture is decoded and written anew: nothing else than the picture is kept."""

from io import BytesIO
from typing import IO

from PIL import Image, UnidentifiedImageError

from domain.errors import MediaFailed
from domain.media import Picture

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_PIXELS = 40_000_000
LARGEST = 2_048
QUALITY = 92


def checked(file: IO[bytes], seconds: float = 0.0) -> Picture:
    """Return the picture in a file: PNG where it is transparent, else JPEG, at most 2,048 pixels a side.

    Raises `MediaFailed` for what is no PNG, JPEG or WebP, is broken, or would unfold to too many pixels.
    """
    try:
        with Image.open(file, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise MediaFailed(f"the picture has {image.width:,} x {image.height:,} pixels")
            image.load()
            return written(image, seconds)
    except UnidentifiedImageError as error:
        raise MediaFailed("what came is no picture") from error
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise MediaFailed(f"the picture is broken: {type(error).__name__}") from error


def written(image: Image.Image, seconds: float) -> Picture:
    transparent = image.has_transparency_data
    image = image.convert("RGBA" if transparent else "RGB")
    image.thumbnail((LARGEST, LARGEST))
    out = BytesIO()
    if transparent:
        image.save(out, "PNG")
    else:
        image.save(out, "JPEG", quality=QUALITY)
    media_type = "image/png" if transparent else "image/jpeg"
    return Picture(out.getvalue(), media_type, image.width, image.height, seconds)
