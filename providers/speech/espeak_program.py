"""A process that speaks one text with espeak-ng and ends: the library is neither safe in threads nor forgiving.

In: JSON `{voice, rate, pitch, range, pieces: [[text, pause], ...]}`. Out: a line of JSON `{rate, spans}` with the first
and last sample of each piece, then the samples, 16 bit, one channel. Run as a file: it imports nothing of ours.
"""

import ctypes
import json
import sys
from typing import Any

import espeakng_loader  # type: ignore[import-untyped]

SYNCHRONOUS, UTF8, OK = 2, 1, 0
RATE, PITCH, RANGE = 1, 3, 4
QUIET = 12
Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(ctypes.c_void_p)
)


class Espeak:
    """The library with one voice."""

    def __init__(self, voice: str, rate: int, pitch: int, spread: int) -> None:
        self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        self.samples_a_second = self.library.espeak_Initialize(
            SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0
        )
        self.heard = bytearray()
        self.callback = Callback(self.hear)
        self.library.espeak_SetSynthCallback(self.callback)
        if self.library.espeak_SetVoiceByName(voice.encode()) != OK:
            sys.exit(f"espeak-ng has no voice {voice!r}")
        for parameter, value in ((RATE, rate), (PITCH, pitch), (RANGE, spread)):
            self.library.espeak_SetParameter(parameter, value, 0)

    def hear(self, samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            self.heard += ctypes.string_at(samples, count * 2)
        return 0

    def speak(self, text: str) -> bytes:
        """Return the samples of a text, without the silence around them."""
        said = text.encode() + b"\0"
        self.heard.clear()
        if self.library.espeak_Synth(said, len(said), 0, 1, 0, UTF8, None, None) != OK:
            sys.exit("espeak-ng could not speak")
        self.library.espeak_Synchronize()
        return trimmed(bytes(self.heard))


def trimmed(sound: bytes) -> bytes:
    samples = memoryview(sound).cast("h")
    start, end = 0, len(samples)
    while start < end and abs(samples[start]) < QUIET:
        start += 1
    while end > start and abs(samples[end - 1]) < QUIET:
        end -= 1
    return samples[start:end].tobytes()


def main() -> None:
    wanted = json.load(sys.stdin)
    voice = Espeak(wanted["voice"], wanted["rate"], wanted["pitch"], wanted["range"])
    sound, spans = bytearray(), []
    for text, pause in wanted["pieces"]:
        start = len(sound) // 2
        sound += voice.speak(text)
        spans.append((start, len(sound) // 2))
        sound += bytes(2 * round(pause * voice.samples_a_second))
    head = {"rate": voice.samples_a_second, "spans": spans}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + sound)


if __name__ == "__main__":
    main()
