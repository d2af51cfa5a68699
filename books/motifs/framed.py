"""A picture of the book's own on a ground of its darkest colours, with room for the title above it."""

from base64 import b64encode
from io import BytesIO
from pathlib import Path

from PIL import Image

from books.motifs.canvas import HEIGHT, WIDTH, Picture, mix, rect, sheet

_TOP, _LEAST, _MOST = 860.0, 900.0, 1240.0
_LIGHT = "#f4ecdc"


def draw(jpeg: Path) -> Picture:
    """Set the picture across the sheet; a tall one is cut."""
    with Image.open(jpeg) as image:
        high = min(max(WIDTH * image.height / image.width, _LEAST), _MOST)
        ground = mix(_average(image), "#0b0d12", 0.62)
        data = b64encode(_small(image)).decode()
    accent = mix(ground, _LIGHT, 0.45)
    drawn = (
        f'<image x="0" y="{_TOP}" width="{WIDTH}" height="{high:.0f}" preserveAspectRatio="xMidYMid slice" '
        f'href="data:image/jpeg;base64,{data}"/>'
    )
    edges = rect(0, _TOP - 8, WIDTH, 8, accent) + rect(0, _TOP + high, WIDTH, 8, accent)
    return Picture(
        sheet(ground) + drawn + edges,
        ink=_LIGHT,
        accent=accent,
        top=150,
        high=580,
        largest=230,
        author=(HEIGHT + _TOP + high) / 2 + 18,
    )


def _average(image: Image.Image) -> str:
    red, green, blue = image.convert("RGB").resize((1, 1), Image.Resampling.BOX).tobytes()
    return f"#{red:02x}{green:02x}{blue:02x}"


def _small(image: Image.Image) -> bytes:
    out = BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()
