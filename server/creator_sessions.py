"""Creator sessions: what a client sends, and what it sees of a thread of the creator graph.

A session's id is its thread's id. Every answer is an envelope: `{success, message, data, error}`.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.creator import MAX_CONTENT, MAX_FEEDBACK, CreatorInput, OutputFormat, Stage
from domain.creator_media import current_assets
from domain.creator_session import StorySession
from domain.editing import MAX_INSTRUCTION, MAX_TEXT, How
from domain.manner import Language, ProseStyle, StyleSample
from domain.media import AudioSegment, GeneratedImage, NarratorProfile
from domain.story import MAX_PREMISE, Rating
from server.db.collaborators import CollaboratorRow, Role, Shared
from server.db.threads import ThreadRow

PRODUCT, JOB_TYPE, GRAPH = "creator", "create_story", "creator"
QUEUE, MEDIA_QUEUE = "creator", "media"
KEPT_DAYS = 30
Data = TypeVar("Data")
Status = Literal["waiting", "working", "failed"]


class Problem(BaseModel):
    """What went wrong, and the field that it is about, if it is about one."""

    message: str
    field: str | None = None


class Envelope(BaseModel, Generic[Data]):
    """What every endpoint answers: `error` is null on success, `data` on failure."""

    success: bool = True
    message: str
    data: Data | None = None
    error: Problem | None = None


class Request(BaseModel):
    """A request refuses what it does not know."""

    model_config = ConfigDict(extra="forbid")


class StartSession(CreatorInput):
    """A prompt, and what else is known of the story. `user_id` is whoever the caller makes it for."""

    user_id: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] = ""

    def request(self) -> dict[str, Any]:
        """What the graph is given."""
        return CreatorInput(**self.model_dump(exclude={"user_id"})).model_dump()


class InSession(Request):
    """Whatever is done in a session names it."""

    session_id: UUID

    def answer(self) -> dict[str, Any]:
        """What the graph is answered."""
        return self.model_dump(exclude={"session_id"}, exclude_none=True)


class SelectConcept(InSession):
    """Which concept to draft."""

    concept_id: str = Field(max_length=100)


class Restart(InSession):
    """A new prompt; what is left out stays as it was."""

    prompt: str = Field(max_length=MAX_PREMISE)
    genre: str | None = Field(None, max_length=60)
    tone: str | None = Field(None, max_length=60)
    rating: Rating | None = None
    style: str | None = Field(None, max_length=200)
    language: Language | None = None
    prose_style: ProseStyle | None = None
    style_sample: StyleSample | None = None


class ApproveScene(InSession):
    """Which scene stands; without one, all of them."""

    scene_id: str | None = Field(None, max_length=100)


class RewriteScene(InSession):
    """What to do differently, or a text of one's own that is to be polished."""

    scene_id: str = Field(max_length=100)
    feedback: str | None = Field(None, max_length=MAX_FEEDBACK)
    content: str | None = Field(None, max_length=MAX_CONTENT)

    @model_validator(mode="after")
    def one_of_them(self) -> Self:
        if (self.feedback is None) == (self.content is None):
            raise ValueError("either feedback or content")
        return self

    def answer(self) -> dict[str, Any]:
        action = "ai_rewrite" if self.content is None else "manual_rewrite"
        return {"action": action, **super().answer()}


class RestyleScene(InSession):
    """In which manner a scene is told again: as these words or this sample say, else as the session asked for."""

    scene_id: str = Field(max_length=100)
    prose_style: ProseStyle = ""
    style_sample: StyleSample = ""


class EditParagraph(InSession):
    """What to do at a paragraph of a scene: as an instruction says, or with a text of one's own."""

    scene_id: str = Field(max_length=100)
    paragraph: int = Field(ge=1, description="Counted from 1 between empty lines.")
    how: How
    instruction: str = Field("", max_length=MAX_INSTRUCTION)
    text: str = Field("", max_length=MAX_TEXT)


class RevertScene(InSession):
    """Which version of a scene to put back."""

    scene_id: str = Field(max_length=100)
    version: int = Field(ge=1)


class SelectFormat(InSession):
    """Sound, pictures or both. `consent` lets outside services have the text."""

    format: OutputFormat
    consent: bool | None = None


class SelectNarrator(InSession):
    """Who reads."""

    narrator_id: str = Field(max_length=200)

    def answer(self) -> dict[str, Any]:
        return {"voice_id": self.narrator_id}


class AudioView(AudioSegment):
    """A scene's sound, with a link that opens it for seven days."""

    audio_url: str


class ImageView(GeneratedImage):
    """A scene's picture, with a link that opens it for seven days. The cover's scene is `cover`, number 0."""

    image_url: str


class SessionView(StorySession):
    """A session as its owner sees it."""

    generated_audio: list[AudioView]  # type: ignore[assignment]
    generated_images: list[ImageView]  # type: ignore[assignment]


class SessionSummary(BaseModel):
    """A session in a list. `role` is what the caller is in it."""

    session_id: str
    user_id: str
    original_prompt: str
    title: str
    current_stage: Stage
    role: Role
    created_at: datetime
    updated_at: datetime


class SessionList(BaseModel):
    """Sessions, the newest first. `next` is the offset of the next page, if there is one."""

    sessions: list[SessionSummary]
    next: int | None = None


class Narrators(BaseModel):
    """Who can read."""

    narrators: list[NarratorProfile]


class Progress(BaseModel):
    """Where a session stands, what is under way, and what may be answered: `question` is the graph's own."""

    session_id: str
    current_stage: Stage
    status: Status
    message: str
    done: int
    of: int
    question: dict[str, Any] | None = None
    warnings: list[dict[str, Any]] = []
    error: Problem | None = None


class SceneVersionView(BaseModel):
    """A text that a scene has or had. `author` is the owner who wrote it, or had a model write it."""

    version: int
    content: str
    why: str
    by: str
    author: str
    note: str
    warnings: list[str]


class LetIn(Request):
    """Whom to let into a session: a viewer reads and exports, an editor answers as well."""

    owner: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
    role: Shared


class Collaborator(BaseModel):
    """Somebody whom a session's owner let in."""

    owner: str
    role: Shared
    added_at: datetime


class Collaborators(BaseModel):
    """Whose a session is, and whom they let in."""

    owner: str
    collaborators: list[Collaborator]

    @classmethod
    def of(cls, owner: str, rows: list[CollaboratorRow]) -> Self:
        return cls(owner=owner, collaborators=[Collaborator(**asdict(row)) for row in rows])


class SceneVersions(BaseModel):
    """All the texts of a scene, the oldest first."""

    scene_id: str
    current: int
    versions: list[SceneVersionView]


class Comparison(BaseModel):
    """How two versions differ, sentence by sentence: `- ` only in the first, `+ ` only in the second."""

    scene_id: str
    first: int
    second: int
    sentences: list[str]


def keys_of(values: dict[str, Any]) -> list[str]:
    """Return the keys of all that a session shows."""
    kinds = ("sound", "picture", "cover")
    return [asset["about"]["key"] for kind in kinds for asset in current_assets(values, kind)]  # type: ignore[arg-type]


def user_of(thread: ThreadRow) -> str:
    """Return whom a session is made for: its owner, where it was begun by the LangGraph API."""
    return str(thread.metadata.get("user_id") or thread.owner)


def read_session(thread: ThreadRow, values: dict[str, Any], links: dict[str, str]) -> SessionView:
    """Return the session that a thread and its state make up; `links` open its sound and pictures."""
    session = StorySession.of_state(
        values,
        session_id=str(thread.thread_id),
        user_id=user_of(thread),
        created_at=thread.created_at,
        updated_at=thread.updated_at,
    )
    told = session.model_dump(exclude={"generated_audio", "generated_images"})
    covers = [asset["about"] for asset in current_assets(values, "cover")]
    images = [*covers, *(image.model_dump() for image in session.generated_images)]
    return SessionView(
        **told,
        generated_audio=[
            AudioView(**sound.model_dump(), audio_url=links[sound.key]) for sound in session.generated_audio
        ],
        generated_images=[ImageView(**image, image_url=links[image["key"]]) for image in images],
    )
