"""A stand-in for other people's services: a real HTTP server that does as it is told, well or badly."""

import asyncio
import json
import math
import struct
import threading
import wave
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

MEGABYTE = 1_000_000


@dataclass
class Answer:
    """What to answer. `megabytes` are sent after the body; what is held waits for `release`."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    megabytes: int = 0
    held: bool = False


@dataclass
class Request:
    method: str
    path: str
    body: Any


class MediaServer:
    """The server, with what it was asked and how many were asking at once."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.spared: dict[str, int] = {}
        self.requests: list[Request] = []
        self.sent = 0
        self.now, self.most = 0, 0
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, path: str, body: Any, **how: Any) -> str:
        """Answer so on this path from now on; return the link to it."""
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[path] = Answer(body, **how)
        return self.url + path

    def hang(self, path: str) -> str:
        """Do not answer on this path until it is released."""
        return self.answer(path, b"", held=True)

    def tire(self, path: str, after: int) -> None:
        """Answer on this path so many times more, and then no longer; `rest` ends it."""
        self.spared[path] = after

    def rest(self) -> None:
        """Answer everywhere again."""
        self.spared.clear()

    def redirect(self, path: str, to: str) -> str:
        return self.answer(path, b"", status=302, headers={"Location": to})

    def asked(self, path: str) -> list[Any]:
        """Return the bodies of the requests for a path."""
        return [request.body for request in self.requests if request.path == path]

    async def until(self, count: int) -> None:
        """Wait until so many are asking at once."""
        async with asyncio.timeout(20):
            while self.now < count:
                await asyncio.sleep(0.01)

    def release(self) -> None:
        """Answer whoever is waiting, and from now on everybody at once."""
        self.released.set()

    def close(self) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()

    def _enter(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            self.now += 1
            self.most = max(self.most, self.now)
            if request.path in self.spared:
                self.spared[request.path] -= 1
                if self.spared[request.path] < 0:
                    return Answer(b"", held=True)
        return self.answers.get(request.path, Answer(b"", status=404))

    def _leave(self) -> None:
        # Before the answer is sent: whoever has it may ask again at once.
        with self._lock:
            self.now -= 1


def handler_of(server: MediaServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size)
            answer = server._enter(Request(self.command, self.path, json.loads(body) if body else None))
            if answer.held:
                server.released.wait(60)
            server._leave()
            with suppress(OSError):
                self.say(answer)

        do_POST = do_GET

        def say(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if not answer.megabytes:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            for _ in range(answer.megabytes):
                self.wfile.write(bytes(MEGABYTE))
                server.sent += MEGABYTE

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


@pytest.fixture
def media(monkeypatch: pytest.MonkeyPatch) -> Iterator[MediaServer]:
    """A stand-in; nothing of the caller's own environment leads elsewhere."""
    for name in (
        "FABULA_SPEECH FABULA_SPEECH_URL FABULA_IMAGES FABULA_IMAGES_URL FABULA_TRUSTED_HOSTS FABULA_NARRATORS "
        "FABULA_MEDIA_AT_ONCE FABULA_MEDIA_TOKEN FABULA_MODERATION OPENAI_BASE_URL OPENAI_API_KEY OPENAI_ORG_ID "
        "HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy"
    ).split():
        monkeypatch.delenv(name, raising=False)
    server = MediaServer()
    yield server
    server.close()


def tone(seconds: float, level: float = 0.2, pauses: tuple[float, ...] = ()) -> bytes:
    """Return a WAV of a tone that swells and is silent for 0.4 s at each pause."""
    rate, out = 22_050, BytesIO()
    samples = []
    for place in range(round(seconds * rate)):
        at = place / rate
        loud = 0.0 if any(pause <= at < pause + 0.4 for pause in pauses) else 0.6 + 0.4 * math.sin(at * 9)
        samples.append(round(32_000 * level * loud * math.sin(at * 1_400)))
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return out.getvalue()


def picture(wide: int = 160, high: int = 90, kind: str = "PNG", mode: str = "RGB", tone: int = 90) -> bytes:
    """Return a picture of one colour."""
    out = BytesIO()
    Image.new(mode, (wide, high), (tone, 40, 60, 128)[: len(mode)]).save(out, kind)
    return out.getvalue()
