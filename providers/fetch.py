"""What other services give us links to: fetched with a limit on size, time and redirects, never from a private address.

A link is a stranger's text. Its host is resolved once, its addresses are checked, and the connection goes to the
address that was checked. Exempt are the configured service's own host and port, and `FABULA_TRUSTED_HOSTS`
(`host` or `host:port`, separated by commas). Proxies of the environment are not used.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

import httpx2
import orjson

from domain.errors import MediaFailed

REDIRECTS = 3
IN_MEMORY = 1_000_000
LONGEST_ANSWER = 1_000_000
CONNECT = 10.0
NAT64 = ip_network("64:ff9b::/96")
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Target:
    """A link that may be fetched, and the address to fetch it from."""

    url: httpx2.URL
    address: str


def address(variable: str) -> str:
    """Return a service's address. Raises `MediaFailed` when none is configured."""
    if url := os.environ.get(variable, "").strip().rstrip("/"):
        return url
    raise MediaFailed(f"{variable} is not set: where is the service?")


@cache
def tls() -> ssl.SSLContext:
    """Return the settings of TLS, which take long to make."""
    return httpx2.create_ssl_context()


def scratch() -> IO[bytes]:
    """Return a file of no name; what is large lies on the disk, and goes when it is closed."""
    return cast(IO[bytes], SpooledTemporaryFile(max_size=IN_MEMORY))


@asynccontextmanager
async def download(url: str, *, most: int, seconds: float, service: str = "") -> AsyncIterator[IO[bytes]]:
    """Give what a link leads to as an open file of at most `most` bytes; large ones lie on the disk.

    Raises `MediaFailed` for anything but an answer 200 in time, from an address that is allowed.
    """
    with scratch() as file:
        async with explained(url, seconds), asyncio.timeout(seconds):
            await follow(url, file, most, service)
        file.seek(0)
        yield file


async def post_json(url: str, body: Any, *, seconds: float) -> Any:
    """Post JSON to a service that the operator configured and return the JSON that it answers.

    Raises `ServiceStatus` for another status than 200 or 201 and `MediaFailed` for all else.
    """
    return await ask_json("POST", url, body, seconds=seconds)


async def get_json(url: str, *, seconds: float) -> Any:
    """Return what a configured service answers; errors as in `post_json`."""
    return await ask_json("GET", url, None, seconds=seconds)


class ServiceStatus(MediaFailed):
    """The service answered with an error."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


async def ask_json(method: str, url: str, body: Any, *, seconds: float) -> Any:
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if token := os.environ.get("FABULA_MEDIA_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    content = None if body is None else orjson.dumps(body)
    async with explained(url, seconds), asyncio.timeout(seconds), AsyncExitStack() as stack:
        timeout = httpx2.Timeout(seconds, connect=min(CONNECT, seconds))
        client = await stack.enter_async_context(httpx2.AsyncClient(timeout=timeout, verify=tls()))
        request = client.stream(method, url, content=content, headers=headers)
        answer = await stack.enter_async_context(request)
        if answer.status_code not in (200, 201):
            raise ServiceStatus(f"{shown(url)} answered {answer.status_code}", answer.status_code)
        said = b"".join([chunk async for chunk in limited(answer, LONGEST_ANSWER)])
    try:
        return orjson.loads(said)
    except orjson.JSONDecodeError as error:
        raise MediaFailed(f"{shown(url)} answered no JSON") from error


async def follow(url: str, file: IO[bytes], most: int, service: str) -> None:
    """Follow a link to its end and write what is there."""
    target = await check(url, service)
    for _ in range(REDIRECTS + 1):
        onward = await fetch(target, file, most)
        if not onward:
            return
        target = await check(onward, service)
    raise MediaFailed(f"{shown(url)} redirects more than {REDIRECTS} times")


async def fetch(target: Target, file: IO[bytes], most: int) -> str:
    """Write what is at the target, or return where it redirects to. The address, not the name, is connected to."""
    url = target.url.copy_with(host=target.address)
    headers = {"Host": target.url.netloc.decode("ascii"), "Accept-Encoding": "identity"}
    client = httpx2.AsyncClient(
        trust_env=False, follow_redirects=False, verify=tls(), timeout=httpx2.Timeout(30, connect=CONNECT)
    )
    async with client:
        extensions = {"sni_hostname": target.url.host}
        async with client.stream("GET", url, headers=headers, extensions=extensions) as answer:
            if answer.has_redirect_location:
                return str(target.url.join(answer.headers["location"]))
            if answer.status_code != 200:
                raise MediaFailed(f"{shown(target.url)} answered {answer.status_code}")
            async for chunk in limited(answer, most):
                file.write(chunk)
    return ""


async def limited(answer: httpx2.Response, most: int) -> AsyncIterator[bytes]:
    """Yield an answer's body. Raises `MediaFailed` once it is known to be larger than it may be."""
    size = int(answer.headers.get("content-length") or 0)
    if size <= most:
        size = 0
        async for chunk in answer.aiter_bytes():
            size += len(chunk)
            if size > most:
                break
            yield chunk
    if size > most:
        raise MediaFailed(f"{shown(answer.url)} sends more than {most:,} bytes")


async def check(url: str, service: str) -> Target:
    """Return where to fetch a link from. Raises `MediaFailed` when it leads where it must not."""
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, TypeError, ValueError):
        raise MediaFailed("a link that is none") from None
    if parsed.scheme not in PORTS or not parsed.host or parsed.userinfo:
        raise MediaFailed(f"a link to {shown(parsed)}, which is no plain http or https")
    addresses = await resolve(parsed)
    if not is_trusted(parsed, service) and not all(is_public(address) for address in addresses):
        raise MediaFailed(f"a link to {parsed.host}, which is a private address")
    return Target(parsed, addresses[0])


async def resolve(url: httpx2.URL) -> list[str]:
    """Return the addresses of a link's host, IPv4 first."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(url.host, port_of(url), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise MediaFailed(f"there is no host {url.host}") from error
    return [str(entry[4][0]) for entry in sorted(found, key=lambda entry: entry[0] != socket.AF_INET)]


def is_trusted(url: httpx2.URL, service: str) -> bool:
    """Say whether a link leads to the service itself or to a host that the operator trusts."""
    own = httpx2.URL(service) if service else None
    if own and (url.host, port_of(url)) == (own.host, port_of(own)):
        return True
    trusted = {each.strip().lower() for each in os.environ.get("FABULA_TRUSTED_HOSTS", "").split(",")}
    return bool({url.host, f"{url.host}:{port_of(url)}"} & trusted)


def is_public(address: str) -> bool:
    """Say whether an address belongs to the internet at large, whatever it is wrapped in."""
    ip = ip_address(address.partition("%")[0])
    inner = wrapped(ip) if isinstance(ip, IPv6Address) else None
    if inner is not None:
        return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def wrapped(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for."""
    if ip in NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def port_of(url: httpx2.URL) -> int:
    return url.port or PORTS.get(url.scheme, 0)


def shown(url: httpx2.URL | str) -> str:
    """Return a link as it may be shown: without its query, which can hold a signature."""
    return str(url).partition("?")[0][:200]


@asynccontextmanager
async def explained(url: str, seconds: float) -> AsyncIterator[None]:
    """Raise what can go wrong on the way as `MediaFailed`."""
    try:
        yield
    except TimeoutError:
        raise MediaFailed(f"{shown(url)} was not done after {seconds:g} s") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
        raise MediaFailed(f"{shown(url)} failed: {type(error).__name__}") from error
