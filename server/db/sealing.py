"""Encryption at rest: what users and models write is sealed before it is stored, and opened when it is read.

`FABULA_ENCRYPTION_KEYS` holds keys of 32 bytes in base64, separated by commas: the first seals, all of them open.
Without keys everything is stored as it is. The cipher is AES-SIV: equal texts look equal, so that they are found by
equality, and no count of messages wears a key out.

A sealed string says with which key: `sealed:<key>:<base64>`. What names no key of this keyring was not sealed, since
a process without a key that was used here does not start (`server.db.encryption`): it is a text that looks so.
"""

import json
import os
import re
from base64 import b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.db.errors import CiphertextInvalid, EncryptionKeysInvalid

SETTING = "FABULA_ENCRYPTION_KEYS"
BYTES = 32
TEXT, JSON = "sealed", "sealed-json"
# What begins an event that is sealed; JSON never begins so.
EVENT = b"\x01"
# The server's own ids, which its SQL reads.
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def new_key() -> str:
    """Return a new key, as the setting takes it."""
    return b64encode(os.urandom(BYTES)).decode()


class Key:
    """A key, and the name by which what it sealed refers to it. The name tells nothing of the key."""

    def __init__(self, secret: bytes) -> None:
        derived = HKDF(SHA256(), 64 + 32, None, b"fabula encryption at rest").derive(secret)
        self.cipher, self.check = AESSIV(derived[:64]), derived[64:]
        self.name = self.check[:6].hex()
        self.tag = EVENT + self.check[:6]

    def seal(self, plain: bytes, about: bytes) -> bytes:
        return self.cipher.encrypt(plain, [about])

    def open(self, sealed: bytes, about: bytes) -> bytes:
        try:
            return self.cipher.decrypt(sealed, [about])
        except (InvalidTag, ValueError):
            raise CiphertextInvalid(
                f"what key {self.name} of {SETTING} has encrypted was changed in the database"
            ) from None


class Keyring:
    """The keys of this process; without any, everything passes as it is. It is also LangGraph's cipher."""

    def __init__(self, secrets: list[bytes]) -> None:
        keys = [Key(secret) for secret in secrets]
        self.first = keys[0] if keys else None
        self.keys = {key.name: key for key in keys}
        # Made once: psycopg keeps a class for each.
        self.loads = partial(_loads, self)

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        """Seal the bytes of a value; return the key's name, which stands in the row, and them."""
        assert self.first
        return self.first.name, self.first.seal(plaintext, b"value")

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        """Open the bytes of a value."""
        return self._named(ciphername).open(ciphertext, b"value")

    # events

    def seal_event(self, data: bytes, run_id: UUID, seq: int) -> bytes:
        """Return an event's bytes as they are logged; they open at this place only."""
        if not self.first or not data:
            return data
        return self.first.tag + self.first.seal(data, _place(run_id, seq))

    def open_event(self, data: bytes, run_id: UUID, seq: int) -> bytes:
        """Return a logged event's bytes."""
        if not data.startswith(EVENT):
            return data
        return self._named(data[1:7].hex()).open(data[7:], _place(run_id, seq))

    # JSON

    def seal_text(self, text: str) -> str:
        """Return a text sealed. What is empty or the server's own id stays as it is."""
        return _sealed(self.first, text) if self.first else text

    def open_text(self, text: str) -> str:
        """Return a text as it was before it was sealed, if it was."""
        return str(_opened(self, text))

    def seal_whole(self, value: Any) -> Any:
        """Return a JSON value as one sealed string, for what nobody looks into."""
        if not self.first or value is None:
            return value
        sealed = self.first.seal(json.dumps(value).encode(), JSON.encode())
        return f"{JSON}:{self.first.name}:{_base64(sealed)}"

    def seal_fields(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return a JSON object with all its texts sealed; names of its own fields stay, numbers anywhere do."""
        return _fields(self.first, value) if self.first else value

    def alternatives(self, value: Any) -> list[Any]:
        """Return what a field's value may look like in a row: sealed with any of the keys, or as it is."""
        sealed = [_leaves(key, value) for key in self.keys.values()]
        return [value, *(each for each in sealed if each != value)]

    def wanted(self, fields: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
        """Yield for each field the objects of which a row that has them all contains one.

        A field is written at once, and its neighbours maybe before, when there was another key or none.
        """
        if not self.first:
            yield [fields]
            return
        for name, value in fields.items():
            yield [{name: each} for each in self.alternatives(value)]

    def _named(self, name: str) -> Key:
        if name not in self.keys:
            raise CiphertextInvalid(f"the key {name}, which encrypted this, is not in {SETTING}")
        return self.keys[name]


def _place(run_id: UUID, seq: int) -> bytes:
    return run_id.bytes + seq.to_bytes(8)


def _base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()


def _sealed(key: Key, text: str) -> str:
    if not text or ID.fullmatch(text):
        return text
    # A lone surrogate is a text in JSON, too.
    return f"{TEXT}:{key.name}:{_base64(key.seal(text.encode('utf-8', 'surrogatepass'), TEXT.encode()))}"


def _fields(key: Key, value: dict[str, Any]) -> dict[str, Any]:
    return {name: _leaves(key, each) for name, each in value.items()}


def _leaves(key: Key, value: Any) -> Any:
    if isinstance(value, str):
        return _sealed(key, value)
    if isinstance(value, dict):
        return {
            _sealed(key, name) if isinstance(name, str) else name: _leaves(key, each)
            for name, each in value.items()
        }
    return [_leaves(key, each) for each in value] if isinstance(value, list | tuple) else value


def _loads(keyring: Keyring, data: bytes) -> Any:
    """Return JSON from the database with all that was sealed opened."""
    value = json.loads(data)
    return _open_all(keyring, value) if TEXT.encode() in data else value


def _open_all(keyring: Keyring, value: Any) -> Any:
    if isinstance(value, str):
        return _opened(keyring, value)
    if isinstance(value, dict):
        return {_opened(keyring, name): _open_all(keyring, each) for name, each in value.items()}
    return [_open_all(keyring, each) for each in value] if isinstance(value, list) else value


def _opened(keyring: Keyring, text: str) -> Any:
    if not text.startswith(TEXT):
        return text
    mark, _, rest = text.partition(":")
    name, _, body = rest.partition(":")
    key = keyring.keys.get(name)
    if key is None or mark not in (TEXT, JSON):
        return text
    try:
        plain = key.open(a2b_base64(body, strict_mode=True), mark.encode())
    except Base64Error:
        raise CiphertextInvalid(
            f"what key {name} of {SETTING} has encrypted was changed in the database"
        ) from None
    return json.loads(plain) if mark == JSON else plain.decode("utf-8", "surrogatepass")


def get() -> Keyring:
    """Return the keyring that the environment names. Raises `EncryptionKeysInvalid`."""
    return made(os.environ.get(SETTING, ""))


@lru_cache(maxsize=16)
def made(setting: str) -> Keyring:
    """Return a keyring, which is made once for each value of the setting."""
    given = setting.split(",") if setting.strip() else []
    return Keyring([_secret(place, text.strip()) for place, text in enumerate(given, 1)])


def _secret(place: int, text: str) -> bytes:
    try:
        secret = a2b_base64(text.replace("-", "+").replace("_", "/"), strict_mode=True)
    except ValueError:
        secret = b""
    if len(secret) != BYTES:
        raise EncryptionKeysInvalid(
            f"{SETTING}: key {place} is not {BYTES} bytes in base64; `fabula keys encryption` makes one"
        )
    return secret
