"""The object store: sound, pictures and books by key, in a local folder or in S3.

`FABULA_OBJECTS` is a folder or `s3://bucket/prefix`; S3 is configured by the usual `AWS_...` variables.
"""

import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from mimetypes import guess_type
from pathlib import Path
from typing import Any, cast

import obstore
from obstore import exceptions
from obstore.store import LocalStore, S3Store
from platformdirs import user_data_path

from domain.errors import ObjectNotFound, RequestInvalid, StoreFailed

WEEK = 7 * 24 * 3600
KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
LONGEST_KEY = 500
TYPES = {"mp3": "audio/mpeg", "m4b": "audio/mp4", "epub": "application/epub+zip", "md": "text/markdown"}


class Objects:
    """A store of objects by key. A key is a relative path such as `creator/<session>/audio/1.mp3`."""

    def __init__(self, location: str) -> None:
        self.location = location
        self.store: Any = open_store(location)

    @property
    def signs(self) -> bool:
        """Whether the store makes signed links itself; the server does it for a local folder."""
        return isinstance(self.store, S3Store)

    async def put(self, key: str, data: bytes | Path, media_type: str = "") -> None:
        """Keep an object whole or not at all. Raises `StoreFailed`, and says so when the disk is full."""
        about = {"Content-Type": media_type or media_type_of(key)} if self.signs else None
        with explained(check_key(key)):
            await obstore.put_async(self.store, key, data, attributes=cast(Any, about))

    async def read(self, key: str) -> bytes:
        """Return a whole object. Raises `ObjectNotFound`."""
        with explained(check_key(key)):
            return bytes(await (await obstore.get_async(self.store, key)).bytes_async())

    async def read_range(self, key: str, start: int, end: int) -> bytes:
        """Return the bytes from `start` to before `end`. Raises `ObjectNotFound`."""
        with explained(check_key(key)):
            return bytes(await obstore.get_range_async(self.store, key, start=start, end=end))

    async def size(self, key: str) -> int:
        """Return an object's size in bytes. Raises `ObjectNotFound`."""
        with explained(check_key(key)):
            return int((await obstore.head_async(self.store, key))["size"])

    async def exists(self, key: str) -> bool:
        """Say whether there is such an object."""
        try:
            await self.size(key)
        except ObjectNotFound:
            return False
        return True

    async def list(self, prefix: str = "") -> AsyncIterator[str]:
        """Yield the keys below a prefix, which ends where a folder does."""
        with explained(prefix):
            async for chunk in obstore.list(self.store, prefix or None):
                for found in chunk:
                    yield found["path"]

    async def delete(self, prefix: str) -> int:
        """Delete the object of this key and all below it; return how many there were."""
        keys = [key async for key in self.list(check_key(prefix))]
        if await self.exists(prefix):
            keys.append(prefix)
        with explained(prefix):
            if keys:
                await obstore.delete_async(self.store, keys)
        return len(keys)

    async def sign(self, key: str, seconds: int = WEEK) -> str:
        """Return a link that opens the object for so long. Raises `StoreFailed` for a local folder."""
        if not self.signs:
            raise StoreFailed("a local folder signs no links: the server does")
        with explained(check_key(key)):
            return await obstore.sign_async(self.store, "GET", key, timedelta(seconds=seconds))

    def path(self, key: str) -> Path | None:
        """Return the file that holds an object, or `None` where the store is no folder."""
        return None if self.signs else Path(self.location) / check_key(key)


def default_location() -> str:
    """Return where objects are kept when nothing is said: beside the embedded Postgres."""
    if location := os.environ.get("FABULA_OBJECTS"):
        return location
    if home := os.environ.get("FABULA_HOME"):
        return str(Path(home) / "objects")
    if os.geteuid() != 0:
        return str(user_data_path("fabula") / "objects")
    return "/var/lib/fabula/objects" if os.access("/var/lib", os.W_OK) else "/var/tmp/fabula-objects"  # noqa: S108


def get(location: str = "") -> Objects:
    """Return the object store, which is made once for each location."""
    return opened(location or default_location())


@lru_cache(maxsize=16)
def opened(location: str) -> Objects:
    return Objects(location)


def open_store(location: str) -> LocalStore | S3Store:
    with explained(location):
        if location.startswith("s3://"):
            allow_http = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
            return S3Store.from_url(location, client_options={"allow_http": allow_http})
        if "://" in location:
            raise StoreFailed(f"objects are kept in a folder or in s3://bucket/prefix, not in {location!r}")
        folder = Path(location)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreFailed(f"the folder of the object store cannot be made: {error}") from error
        return LocalStore(folder, automatic_cleanup=True)


def check_key(key: str) -> str:
    """Return the key. Raises `RequestInvalid` when it is none: it could lead out of the store."""
    if len(key) > LONGEST_KEY or not KEY.fullmatch(key):
        raise RequestInvalid(f"key: {key[:100]!r} is no key of the object store")
    return key


def media_type_of(key: str) -> str:
    """Return the media type that belongs to the key's ending."""
    return TYPES.get(key.rpartition(".")[2]) or guess_type(key)[0] or "application/octet-stream"


@contextmanager
def explained(key: str) -> Iterator[None]:
    """Raise the store's errors as ours."""
    try:
        yield
    except (exceptions.NotFoundError, FileNotFoundError) as error:
        raise ObjectNotFound(f"there is no object {key!r}") from error
    except (exceptions.BaseError, OSError, ValueError) as error:
        if "No space left" in str(error) or "os error 28" in str(error):
            raise StoreFailed("the disk of the object store is full") from error
        raise StoreFailed(f"the object store failed at {key!r}: {str(error)[:300]}") from error
