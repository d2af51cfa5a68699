"""What sound and pictures are made from, and which of those that were made still fit."""

import hashlib
import json
from typing import Any, Literal

from typing_extensions import TypedDict

from domain.creator import StoryDraft, StoryScene
from domain.languages import ENGLISH, is_english
from domain.media import PictureWanted
from domain.state import Json

Kind = Literal["sound", "picture", "cover"]
ALL_KINDS: tuple[Kind, ...] = ("sound", "picture", "cover")
COVER = "cover"


class SoundTask(TypedDict):
    """A scene to be read. `base` is its key in the store, without an ending; `bases` are those of all of its kind."""

    node: str
    scene_id: str
    scene_number: int
    text: str
    voice_id: str
    made_from: str
    base: str
    bases: list[str]


class PictureWork(TypedDict):
    """One picture of a task; `wanted` is a `PictureWanted`."""

    scene_number: int
    alt: str
    wanted: Json
    made_from: str
    base: str


class PictureTask(TypedDict):
    """Pictures to be drawn in one request."""

    node: str
    pictures: list[PictureWork]
    bases: list[str]


KINDS: dict[str, tuple[Kind, ...]] = {
    "audio": ("sound",),
    "visual": ("picture", "cover"),
    "both": ("sound", "picture", "cover"),
}


def digest(*parts: Any) -> str:
    """Return a name for what something is made from: 24 hex digits of SHA-256."""
    told = json.dumps(parts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def picture_of(draft: StoryDraft, scene: StoryScene, request: Json, seed: int) -> PictureWanted:
    """Return the picture that a scene wants; a person is described in the same words in every one."""
    people = described(draft, scene.characters)
    told = [
        f"An illustration of a scene: {scene.title}.",
        f"Setting: {scene.setting}",
        f"What happens: {scene.summary}",
        *(f"Character: {person}" for person in people),
        f"Mood: {scene.mood}.",
        "No lettering.",
    ]
    return PictureWanted(
        scene_id=scene.scene_id,
        title=scene.title,
        prompt="\n".join(told),
        style=request["style"],
        setting=scene.setting,
        characters=people,
        mood=scene.mood,
        seed=seed,
    )


def cover_of(draft: StoryDraft, concept: Json, request: Json, seed: int) -> PictureWanted:
    """Return the picture for the cover: the concept's setting and its main people."""
    people = described(draft, [person.name for person in draft.characters[:2]])
    told = [
        f"The cover picture of a book: {draft.title}.",
        f"Setting: {concept['setting']}",
        f"The story: {concept['premise']}",
        *(f"Character: {person}" for person in people),
        f"Mood: {concept['tone']}.",
        "No lettering.",
    ]
    return PictureWanted(
        scene_id=COVER,
        title=draft.title,
        prompt="\n".join(told),
        style=request["style"],
        setting=concept["setting"],
        characters=people,
        mood=concept["tone"],
        seed=seed,
    )


def alt_of(scene: StoryScene, language: str = ENGLISH) -> str:
    """Return what a reader who cannot see the picture is told: not the setting, which is always English."""
    return f"{scene.title}. {scene.setting if is_english(language) else scene.summary}"


def described(draft: StoryDraft, names: list[str]) -> list[str]:
    """Return the people of those names, each as `name: description`."""
    return [f"{one.name}: {one.description}" for one in draft.characters if one.name in names]


def made_from(state: Any, kind: Kind) -> dict[str, str]:
    """Return, by scene, the digest of what its sound or its picture is made from as the session stands now."""
    draft, choices = StoryDraft.of_state(state), state.get("choices") or {}
    if not draft or kind not in KINDS.get(choices.get("format", ""), ()):
        return {}
    style = state["request"]["style"]
    match kind:
        case "sound":
            voice = choices.get("voice_id")
            return {one.scene_id: digest(one.content, voice) for one in draft.scenes} if voice else {}
        case "picture":
            return {
                one.scene_id: digest(one.content, picture_of(draft, one, state["request"], 0).prompt, style)
                for one in draft.scenes
            }
        case "cover":
            people = [person.model_dump() for person in draft.characters]
            return {COVER: digest(draft.draft_id, draft.title, people, style)}


def current_assets(state: Any, kind: Kind) -> list[Json]:
    """Return what was made of that kind and fits the session as it stands now, in the order of the scenes."""
    wanted = made_from(state, kind)
    made = {
        asset["scene_id"]: asset
        for asset in (state.get("assets") or {}).values()
        if asset["kind"] == kind and asset["made_from"] == wanted.get(asset["scene_id"])
    }
    return [made[scene] for scene in wanted if scene in made]
