"""The voices of espeak-ng that narrate: eight in English, two in each other language that it has."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from domain.languages import base, is_english


@dataclass(frozen=True)
class Voice:
    """How espeak-ng makes a narrator's voice. `rate` is its own measure, near words a minute."""

    file: str
    rate: int
    pitch: int
    spread: int
    name: str
    gender: str
    accent: str
    tone: str


VOICES = {
    "en-GB-male-1": Voice("gmw/en-GB-x-rp+m3", 146, 38, 55, "Edmund", "male", "British", "calm, measured"),
    "en-GB-female-1": Voice("gmw/en-GB-x-rp+f2", 152, 48, 60, "Harriet", "female", "British", "clear, warm"),
    "en-US-male-1": Voice("gmw/en-US+m1", 150, 34, 50, "Walter", "male", "American", "deep, dry"),
    "en-US-female-1": Voice("gmw/en-US+f4", 156, 46, 62, "June", "female", "American", "bright, lively"),
    "en-GB-scotland-male-1": Voice(
        "gmw/en-GB-scotland+m7", 146, 40, 66, "Callum", "male", "Scottish", "rough, lilting"
    ),
    "en-GB-lancaster-female-1": Voice(
        "gmw/en-GB-x-gbclan+f3", 150, 44, 58, "Edith", "female", "Lancastrian", "plain, homely"
    ),
    "en-029-female-1": Voice(
        "gmw/en-029+f5", 152, 50, 70, "Marisol", "female", "Caribbean", "sunny, unhurried"
    ),
    "en-US-nyc-male-1": Voice("gmw/en-US-nyc+m5", 150, 32, 48, "Sal", "male", "New York", "wry, brisk"),
}
FOREIGN = {
    "de-male-1": Voice("gmw/de+m3", 148, 38, 52, "Konrad", "male", "German", "calm, exact"),
    "de-female-1": Voice("gmw/de+f2", 152, 48, 58, "Greta", "female", "German", "clear, warm"),
    "fr-male-1": Voice("roa/fr+m3", 152, 40, 56, "Hugo", "male", "French", "measured"),
    "fr-female-1": Voice("roa/fr+f2", 156, 50, 60, "Camille", "female", "French", "light, quick"),
    "es-male-1": Voice("roa/es+m1", 150, 38, 54, "Mateo", "male", "Castilian", "firm"),
    "es-female-1": Voice("roa/es+f2", 154, 48, 60, "Lucía", "female", "Castilian", "clear"),
    "es-419-female-1": Voice("roa/es-419+f4", 150, 46, 60, "Ximena", "female", "Latin American", "soft"),
    "it-male-1": Voice("roa/it+m3", 150, 40, 58, "Matteo", "male", "Italian", "lively"),
    "it-female-1": Voice("roa/it+f2", 154, 50, 62, "Chiara", "female", "Italian", "bright"),
    "pt-male-1": Voice("roa/pt+m3", 148, 38, 54, "Tiago", "male", "European Portuguese", "low, calm"),
    "pt-female-1": Voice("roa/pt+f2", 152, 48, 58, "Inês", "female", "European Portuguese", "gentle"),
    "pt-BR-female-1": Voice("roa/pt-BR+f4", 150, 48, 62, "Luana", "female", "Brazilian", "sunny"),
    "nl-male-1": Voice("gmw/nl+m1", 150, 38, 52, "Daan", "male", "Dutch", "plain"),
    "nl-female-1": Voice("gmw/nl+f2", 154, 48, 58, "Sanne", "female", "Dutch", "friendly"),
    "ja-male-1": Voice("jpx/ja+m3", 150, 40, 50, "Haruto", "male", "Japanese", "even; reads kana, not kanji"),
    "ja-female-1": Voice(
        "jpx/ja+f2", 150, 50, 54, "Yui", "female", "Japanese", "even; reads kana, not kanji"
    ),
}
_SEXES = (("male", "m3", 40), ("female", "f2", 50))


def voices_of(language: str) -> dict[str, Voice]:
    """Return the narrators of a language by their ids; of any but the known ones, two that are made alike."""
    if is_english(language):
        return VOICES
    known = {voice_id: voice for voice_id, voice in FOREIGN.items() if base(voice_id) == base(language)}
    return known or _plain(base(language))


def find_voice(voice_id: str) -> Voice | None:
    """Return a narrator's voice by its id."""
    return voices_of(base(voice_id)).get(voice_id)


def language_of(voice_id: str) -> str:
    """Return the language that a narrator speaks: `pt-BR` of `pt-BR-female-1`."""
    head, _, _ = voice_id.partition("-male-" if "-male-" in voice_id else "-female-")
    return "-".join(head.split("-")[:2])


@lru_cache(maxsize=256)
def _plain(language: str) -> dict[str, Voice]:
    file = _files().get(language)
    return {
        f"{language}-{sex}-1": Voice(f"{file}+{variant}", 150, pitch, 55, sex.title(), sex, language, "plain")
        for sex, variant, pitch in _SEXES
        if file
    }


@lru_cache(maxsize=1)
def _files() -> dict[str, str]:
    """Return the voice files that are there, by language."""
    try:
        import espeakng_loader  # type: ignore[import-untyped]
    except ImportError:
        return {}
    folder = Path(espeakng_loader.get_data_path()) / "lang"
    return {file.name: file.relative_to(folder).as_posix() for file in folder.glob("**/*") if file.is_file()}
