"""The illustrated audiobook: what a person asks for, the concepts, the draft and its versions, the state."""

from typing import Annotated, Any, Literal, Self

from langgraph.channels.delta import DeltaChannel
from pydantic import Field, WithJsonSchema, field_validator
from typing_extensions import TypedDict

from domain.languages import ENGLISH
from domain.manner import Language, ProseStyle, StyleSample
from domain.state import Json, add_counts, extend
from domain.story import MAX_PREMISE, Model, Rating, TextOrigin
from domain.text import count_words

Stage = Literal[
    "idea_generation",
    "concept_selection",
    "story_drafting",
    "revision",
    "format_selection",
    "narrator_selection",
    "generation",
    "completed",
]
SceneStatus = Literal["pending", "approved", "needs_revision"]
OutputFormat = Literal["audio", "visual", "both"]
Why = Literal["draft", "ai_rewrite", "manual_rewrite", "edit_paragraph", "restyle", "revert"]

CONCEPTS = 3
MIN_SCENES, MAX_SCENES = 4, 6
MIN_SCENE_WORDS, MAX_SCENE_WORDS = 300, 800
MAX_FEEDBACK, MAX_CONTENT = 4_000, 20_000


class CreatorInput(Model):
    """What a person begins with. Only the prompt is required. `consent` lets outside services have the text."""

    prompt: str = Field(max_length=MAX_PREMISE, description="The idea, in any words.")
    genre: str = Field("", max_length=60, description="Any word; empty lets the concepts differ in it.")
    tone: str = Field("", max_length=60, description="Any word; empty lets the concepts differ in it.")
    rating: Rating = "SFW"
    style: str = Field(
        "", max_length=200, description="How the pictures look; empty leaves it to the provider."
    )
    consent: bool = Field(False, description="The text may go to outside services for sound and pictures.")
    language: Language = ENGLISH
    prose_style: ProseStyle = ""
    style_sample: StyleSample = ""

    @field_validator("prompt", "genre", "tone", "style")
    @classmethod
    def text_is_text(cls, value: str) -> str:
        if "\0" in value:
            raise ValueError("it contains a NUL character")
        return value.strip()

    @field_validator("prompt")
    @classmethod
    def prompt_says_something(cls, prompt: str) -> str:
        if not prompt:
            raise ValueError("the prompt is empty")
        return prompt


class SceneCharacter(Model):
    """Somebody of the story. `description` is how they look: the same words go into every picture of them."""

    name: str
    description: str = Field(description="Age, build, face, hair and clothes, in one sentence.")
    voice: str = Field("", description="How they speak, in a few words.")


class ConceptIdea(Model):
    """An idea for a story, as a model names it."""

    title: str
    premise: str = Field(description="The story in two or three sentences.")
    genre: str
    tone: str
    themes: list[str]
    setting: str = Field(description="Place, time and mood.")
    main_characters: list[SceneCharacter]


class Concepts(Model):
    """The ideas that are offered together."""

    concepts: list[ConceptIdea]


class StoryConcept(ConceptIdea):
    """An idea that can be chosen."""

    concept_id: str


class ScenePlan(Model):
    """What happens in a scene. `characters` are names of the draft's characters."""

    title: str
    setting: str = Field(description="Where and when, in one sentence.")
    summary: str = Field(description="What happens, in one or two sentences.")
    beats: list[str] = Field(description="Two or three things that happen, a sentence each.")
    characters: list[str]
    objects: list[str] = Field(description="One or two things that matter here, a noun phrase each.")
    mood: str = Field(description="Light and feeling, in a few words.")


class DraftPlan(Model):
    """The plan of a draft."""

    title: str
    characters: list[SceneCharacter]
    scenes: list[ScenePlan]


class SceneVersion(Model):
    """A text that a scene has or had. `order` counts the session's versions; `note` is what was asked for.

    `author` is whoever wrote it, or had a model write it.
    """

    scene_id: str
    version: int = Field(ge=1)
    order: int = Field(ge=1)
    content: str
    why: Why
    by: Literal["model", "person"]
    author: str = ""
    note: str = ""
    origin: TextOrigin | None = None
    warnings: list[str] = Field(default_factory=list)


class StoryScene(Model):
    """A scene as it stands."""

    scene_id: str
    scene_number: int = Field(ge=1)
    title: str
    content: str
    setting: str
    characters: list[str]
    status: SceneStatus = "pending"
    version: int = 1
    summary: str = ""
    mood: str = ""

    @property
    def words(self) -> int:
        return count_words(self.content)


class StoryDraft(Model):
    """A draft: its people, described once, and its scenes in order."""

    draft_id: str
    concept_id: str
    title: str
    characters: list[SceneCharacter]
    scenes: list[StoryScene]

    @classmethod
    def of_state(cls, state: Any) -> Self | None:
        """Return the draft with the scenes written so far, or `None` when no concept was chosen."""
        draft = state.get("draft") or {}
        if not draft:
            return None
        scenes = [scene_of(state, scene) for scene in draft["scenes"] if scene["version"]]
        return cls(**{key: draft[key] for key in cls.model_fields if key != "scenes"}, scenes=scenes)


def merge_assets(assets: dict[str, Json], writes: Any) -> dict[str, Json]:
    """Put assets in by their key."""
    merged = dict(assets)
    for written in writes:
        merged |= written
    return merged


def merge_messages(messages: dict[str, str], more: dict[str, str]) -> dict[str, str]:
    """Put messages in by what they are about."""
    return messages | more


class CreatorGraphInput(TypedDict):
    """What the creator graph is called with."""

    request: Annotated[Json, WithJsonSchema(CreatorInput.model_json_schema())]


class CreatorState(CreatorGraphInput, total=False):
    """The state of a session.

    `stage`: `{name, due, problem, failed}`; `due` is the node that comes next, `problem` (`{field, message}` or
    `None`) what was wrong with the last answer or the last work, `failed` the node that could not do its work.
    `order`: the last answer that was accepted. `rounds`: every set of concepts, `{round, prompt, like, concepts}`.
    `choices`: `{concept_id, format, voice_id, consent}`; an empty `voice_id` is a book without sound, since nobody
    can read it. `draft`: the plan, with each scene's status and the number of its current version, 0 while it is
    not written; the texts are in `versions`, of which none is ever removed. `assets`: what was made, by its key in
    the object store, `{kind, scene_id, made_from, about}`. `failures`: what could not be made, by `kind:scene_id`.
    `media`: `{made_for, warnings, tasks}` of the last time that sound and pictures were made.
    """

    stage: Json
    order: Json
    rounds: Annotated[list[Json], DeltaChannel(extend)]
    choices: Json
    draft: Json
    versions: Annotated[list[Json], DeltaChannel(extend)]
    narrators: list[Json]
    assets: Annotated[dict[str, Json], DeltaChannel(merge_assets)]
    failures: Annotated[dict[str, str], merge_messages]
    media: Json
    calls: Annotated[dict[str, int], add_counts]
    usage: Annotated[dict[str, int], add_counts]


def versions_of(state: Any, scene_id: str) -> list[SceneVersion]:
    """Return every version of a scene, the first one first."""
    found = [one for one in state.get("versions") or [] if one["scene_id"] == scene_id]
    return [SceneVersion.model_validate(one) for one in found]


def scene_of(state: Any, scene: Json) -> StoryScene:
    """Return a scene of the draft with the text of its current version."""
    content = content_of(state, scene["scene_id"], scene["version"])
    known = {key: value for key, value in scene.items() if key in StoryScene.model_fields}
    return StoryScene(**known, content=content)


def content_of(state: Any, scene_id: str, version: int) -> str:
    """Return the text of a version, empty when there is none."""
    for one in reversed(state.get("versions") or []):
        if one["scene_id"] == scene_id and one["version"] == version:
            return str(one["content"])
    return ""
