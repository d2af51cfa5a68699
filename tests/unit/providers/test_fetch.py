"""Which addresses a link may lead to."""

import pytest

from domain.errors import MediaFailed
from providers import fetch

SERVICE = "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_private_addresses_are_known_however_they_are_written(address: str) -> None:
    assert not fetch.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert fetch.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "", "nothing", "file:///etc/passwd", "ftp://example.org/a", "gopher://127.0.0.1/", "data:text/html,hi", "//a/b",
        "http://", "http://user:word@8.8.8.8/", "javascript:alert(1)", "http://127.0.0.1:9001/a", "http://localhost/a",
        "http://2130706433/", "http://0x7f.1/", "http://[::1]:80/", "http://169.254.169.254/latest/meta-data",
    ],
)  # fmt: skip
async def test_links_that_lead_where_they_must_not_are_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FABULA_TRUSTED_HOSTS", raising=False)

    with pytest.raises(MediaFailed):
        await fetch.check(url, SERVICE)


async def test_the_service_itself_and_trusted_hosts_are_exempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FABULA_TRUSTED_HOSTS", "minio.internal, 127.0.0.1:9001")

    for url in ("http://127.0.0.1:9000/a.mp3", "http://127.0.0.1:9001/a.mp3"):
        assert (await fetch.check(url, SERVICE)).address == "127.0.0.1"
    with pytest.raises(MediaFailed):
        await fetch.check("http://127.0.0.1:9002/a.mp3", SERVICE)


def test_what_is_shown_of_a_link_has_no_signature() -> None:
    assert fetch.shown("https://a.example/b?X-Amz-Signature=secret") == "https://a.example/b"
