"""Only pictures are kept of what comes as a picture."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from domain.errors import MediaFailed
from providers.images.checked import LARGEST, checked
from tests.media_servers import picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def bomb(side: int) -> bytes:
    """Return a small PNG that says it has so many pixels a side."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("kind", "mode", "media_type"),
    [
        ("PNG", "RGB", "image/jpeg"),
        ("JPEG", "RGB", "image/jpeg"),
        ("WEBP", "RGB", "image/jpeg"),
        ("PNG", "RGBA", "image/png"),
    ],
)
def test_a_picture_is_written_anew_in_a_format_that_every_book_takes(
    kind: str, mode: str, media_type: str
) -> None:
    made = checked(BytesIO(picture(kind=kind, mode=mode)), 1.5)

    assert (made.media_type, made.width, made.height, made.seconds) == (media_type, 160, 90, 1.5)
    with Image.open(BytesIO(made.data)) as image:
        assert (image.get_format_mimetype(), image.size) == (media_type, (160, 90))


def test_what_hangs_on_a_picture_is_left_out() -> None:
    made = checked(BytesIO(picture() + b"<script>alert(1)</script>"))

    assert b"script" not in made.data


def test_a_large_picture_is_made_smaller() -> None:
    assert checked(BytesIO(picture(4_000, 1_000))).width == LARGEST


@pytest.mark.parametrize(
    "data", [b"", b"#!/bin/sh\nrm -rf /\n", b"<html></html>", SVG, b"GIF89a" + bytes(40), b"%PDF-1.7"]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(MediaFailed, match="no picture"):
        checked(BytesIO(data))


@pytest.mark.parametrize("side", [7_000, 12_000, 40_000])
def test_a_picture_that_would_unfold_is_refused_before_it_does(side: int) -> None:
    with pytest.raises(MediaFailed, match=r"pixels|broken"):
        checked(BytesIO(bomb(side)))


def test_half_a_picture_is_refused() -> None:
    whole = picture(600, 400)

    with pytest.raises(MediaFailed, match="broken"):
        checked(BytesIO(whole[: len(whole) // 2]))
