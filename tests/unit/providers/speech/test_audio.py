"""Sound is brought within the audiobook norm, judged by ffmpeg; what is no sound is refused."""

import json
import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import pytest

from domain.errors import MediaFailed
from providers.speech import audio
from tests.media_servers import tone

ffmpeg = pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffmpeg is missing: it judges the sound")


def probed(file: Path) -> dict[str, str]:
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", str(file)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"][0]


def volume(file: Path) -> tuple[float, float]:
    command = ["ffmpeg", "-hide_banner", "-i", str(file), "-af", "volumedetect", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stderr
    found = (re.search(rf"{name}_volume: (-?[\d.]+) dB", said) for name in ("mean", "max"))
    mean, peak = (float(each[1]) if each else 0.0 for each in found)
    return mean, peak


@ffmpeg
@pytest.mark.parametrize("level", [0.004, 0.2, 0.99])
def test_whatever_comes_in_leaves_within_the_audiobook_norm(tmp_path: Path, level: float) -> None:
    joined = audio.normalise([audio.Part(BytesIO(tone(5, level)))])

    file = tmp_path / "sound.mp3"
    file.write_bytes(joined.data)
    stream, (mean, peak) = probed(file), volume(file)
    assert (stream["codec_name"], stream["sample_rate"], stream["channels"]) == ("mp3", "44100", 1)
    assert int(stream["bit_rate"]) >= 192_000
    assert -23 <= mean <= -18
    assert peak <= -3


def test_what_is_measured_is_what_ffmpeg_measures(tmp_path: Path) -> None:
    made = audio.normalise([audio.Part(BytesIO(tone(3)))])
    levels = audio.levels(BytesIO(made.data))

    assert levels.seconds == pytest.approx(made.seconds, abs=0.1)
    assert audio.LOWEST <= levels.rms <= audio.HIGHEST
    assert levels.peak <= audio.PEAK


def test_parts_are_joined_with_their_pauses() -> None:
    joined = audio.normalise([audio.Part(BytesIO(tone(1)), 0.5), audio.Part(BytesIO(tone(2)))])

    (first, pause), (second, end) = joined.spans
    assert (first, pause - first) == (pytest.approx(audio.LEAD), pytest.approx(1, abs=0.01))
    assert second - pause == pytest.approx(0.5, abs=0.01)
    assert joined.seconds == pytest.approx(end + audio.TAIL, abs=0.01)


def test_pauses_are_found() -> None:
    found = audio.silences(BytesIO(tone(4, 0.5, pauses=(1.0, 2.5))))

    assert [round(start, 1) for start, _ in found] == [1.0, 2.5]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"RIFF\x10\x00\x00\x00WAVEgarbage that is none",
        b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\0" * 400,
        b"\xff\xfb" + b"\0" * 60,
    ],
)
def test_what_is_no_sound_is_refused(data: bytes) -> None:
    with pytest.raises(MediaFailed):
        audio.normalise([audio.Part(BytesIO(data))])


def test_silence_is_no_narration() -> None:
    with pytest.raises(MediaFailed, match="silent"):
        audio.normalise([audio.Part(BytesIO(tone(1, 0.0)))])


def test_a_sound_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "LONGEST", 1.0)

    with pytest.raises(MediaFailed, match="longer"):
        audio.normalise([audio.Part(BytesIO(tone(2)))])
