"""Links are fetched from real servers that misbehave."""

import tracemalloc

import pytest

from domain.errors import MediaFailed
from providers import fetch
from tests.media_servers import MediaServer


async def fetched(url: str, media: MediaServer, *, most: int = 5_000_000, seconds: float = 10) -> bytes:
    async with fetch.download(url, most=most, seconds=seconds, service=media.url) as file:
        return file.read()


async def test_what_a_link_leads_to_is_fetched(media: MediaServer) -> None:
    assert await fetched(media.answer("/a", b"sound"), media) == b"sound"


async def test_redirects_are_followed_and_each_is_checked(media: MediaServer) -> None:
    media.answer("/end", b"sound")
    media.redirect("/middle", "/end")

    assert await fetched(media.redirect("/start", f"{media.url}/middle"), media) == b"sound"


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1:1/admin",
        "http://169.254.169.254/latest",
        "http://[::1]/",
        "file:///etc/passwd",
        "http://localhost:22/",
    ],
)
async def test_a_redirect_to_a_private_address_is_refused(media: MediaServer, to: str) -> None:
    with pytest.raises(MediaFailed, match=r"private address|no plain http"):
        await fetched(media.redirect("/a", to), media)


async def test_a_redirect_in_a_circle_ends(media: MediaServer) -> None:
    with pytest.raises(MediaFailed, match="more than 3 times"):
        await fetched(media.redirect("/a", "/a"), media)
    assert len(media.requests) == 4


async def test_a_redirect_to_nowhere_is_an_answer_like_any_other(media: MediaServer) -> None:
    with pytest.raises(MediaFailed, match="answered 304"):
        await fetched(media.answer("/a", b"", status=304), media)


async def test_500_megabytes_are_neither_read_nor_held(media: MediaServer) -> None:
    url = media.answer("/a", b"", megabytes=500)
    tracemalloc.start()
    try:
        with pytest.raises(MediaFailed, match="more than 5,000,000 bytes"):
            await fetched(url, media)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 30_000_000
    assert media.sent < 100_000_000


async def test_a_body_that_is_announced_as_too_large_is_not_begun(media: MediaServer) -> None:
    with pytest.raises(MediaFailed, match="more than 10 bytes"):
        await fetched(media.answer("/a", bytes(1_000)), media, most=10)


async def test_a_server_that_hangs_is_left(media: MediaServer) -> None:
    with pytest.raises(MediaFailed, match=r"not done after 0\.2 s"):
        await fetched(media.hang("/a"), media, seconds=0.2)


@pytest.mark.parametrize("status", [204, 404, 500, 503])
async def test_any_other_status_is_a_failure(media: MediaServer, status: int) -> None:
    with pytest.raises(MediaFailed, match=f"answered {status}"):
        await fetched(media.answer("/a", b"", status=status), media)


async def test_a_server_that_is_not_there_is_a_failure(media: MediaServer) -> None:
    url = media.url
    media.close()

    with pytest.raises(MediaFailed, match="failed"):
        await fetched(f"{url}/a", media)
