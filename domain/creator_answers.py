"""What a person may answer, and what an answer changes."""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, ValidationError, model_validator

from domain.creator import MAX_CONTENT, MAX_FEEDBACK, OutputFormat, content_of, versions_of
from domain.creator_stages import actions_of, known_concepts, stage_of
from domain.editing import MAX_INSTRUCTION, MAX_TEXT, How
from domain.errors import AnswerRefused
from domain.manner import Language, ProseStyle, StyleSample, is_text, style_of
from domain.state import Json
from domain.story import MAX_PREMISE, Model, Rating
from domain.text import paragraphs


def says_something(text: str) -> str:
    """Return the text. Raises `ValueError` when there is none."""
    if not text:
        raise ValueError("it is empty")
    return text


Text = Annotated[str, AfterValidator(is_text)]
Said = Annotated[Text, AfterValidator(says_something)]


class Answer(Model):
    """What every answer says."""

    action: str


class Select(Answer):
    """Choose a concept of this or an earlier round, and have it drafted."""

    action: Literal["select"]
    concept_id: str


class MoreLikeThis(Answer):
    """Have three more concepts in the manner of one."""

    action: Literal["more_like_this"]
    concept_id: str


class StartOver(Answer):
    """Begin again with a new prompt; what is left out stays as it was."""

    action: Literal["start_over"]
    prompt: Said = Field(max_length=MAX_PREMISE)
    genre: Text | None = Field(None, max_length=60)
    tone: Text | None = Field(None, max_length=60)
    rating: Rating | None = None
    style: Text | None = Field(None, max_length=200)
    language: Language | None = None
    prose_style: ProseStyle | None = None
    style_sample: StyleSample | None = None


class Approve(Answer):
    """Let a scene stand."""

    action: Literal["approve"]
    scene_id: str


class ApproveAll(Answer):
    """Let every scene stand."""

    action: Literal["approve_all"]


class AiRewrite(Answer):
    """Have a scene written again as the feedback says."""

    action: Literal["ai_rewrite"]
    scene_id: str
    feedback: Said = Field(max_length=MAX_FEEDBACK)


class Restyle(Answer):
    """Have a scene told in another manner; what happens in it stays."""

    action: Literal["restyle"]
    scene_id: str
    prose_style: ProseStyle = ""
    style_sample: StyleSample = ""


class ManualRewrite(Answer):
    """Put one's own text in a scene's place, and have it polished."""

    action: Literal["manual_rewrite"]
    scene_id: str
    content: Said = Field(max_length=MAX_CONTENT)


class EditParagraph(Answer):
    """Rewrite a paragraph of a scene, continue after it, or insert one before it: as an instruction says, or with a
    text of one's own, which stands as it is.
    """

    action: Literal["edit_paragraph"]
    scene_id: str
    paragraph: int = Field(ge=1)
    how: How
    instruction: Text = Field("", max_length=MAX_INSTRUCTION)
    text: Text = Field("", max_length=MAX_TEXT)

    @model_validator(mode="after")
    def one_of_them(self) -> Self:
        if self.instruction and self.text:
            raise ValueError("either an instruction or a text")
        return self


class Revert(Answer):
    """Put an earlier version of a scene in its place, as a new version."""

    action: Literal["revert"]
    scene_id: str
    version: int = Field(ge=1)


class SelectFormat(Answer):
    """Choose sound, pictures or both. `consent` lets outside services have the text."""

    action: Literal["select_format"]
    format: OutputFormat
    consent: bool | None = None


class SelectNarrator(Answer):
    """Choose who reads."""

    action: Literal["select_narrator"]
    voice_id: str


class Retry(Answer):
    """Try again what failed."""

    action: Literal["retry"]


AnyAnswer: TypeAlias = (
    Select
    | MoreLikeThis
    | StartOver
    | Approve
    | ApproveAll
    | AiRewrite
    | Restyle
    | ManualRewrite
    | EditParagraph
    | Revert
    | SelectFormat
    | SelectNarrator
    | Retry
)
ANSWERS: dict[str, type[AnyAnswer]] = {
    "select": Select,
    "more_like_this": MoreLikeThis,
    "start_over": StartOver,
    "approve": Approve,
    "approve_all": ApproveAll,
    "ai_rewrite": AiRewrite,
    "restyle": Restyle,
    "manual_rewrite": ManualRewrite,
    "edit_paragraph": EditParagraph,
    "revert": Revert,
    "select_format": SelectFormat,
    "select_narrator": SelectNarrator,
    "retry": Retry,
}


def read_answer(state: Any, answer: Any) -> AnyAnswer:
    """Return the answer that a person gave. Raises `AnswerRefused`, which names the field."""
    action = answer.get("action") if isinstance(answer, dict) else None
    if not isinstance(action, str) or action not in ANSWERS:
        raise AnswerRefused("action", f"the action is one of {', '.join(actions_of(state))}")
    if action not in actions_of(state):
        raise AnswerRefused("action", f"{action} is not possible at {stage_of(state)}")
    try:
        read = ANSWERS[action].model_validate(answer)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "answer"
        raise AnswerRefused(field, f"{field}: {first['msg']}") from None
    check_names(state, read)
    return read


def check_names(state: Any, answer: AnyAnswer) -> None:
    """Raise `AnswerRefused` when the answer names what there is not."""
    concept, scene = getattr(answer, "concept_id", None), getattr(answer, "scene_id", None)
    if concept is not None and concept not in known_concepts(state):
        raise AnswerRefused("concept_id", f"there is no concept {concept!r}")
    if scene is not None and scene not in {one["scene_id"] for one in state["draft"]["scenes"]}:
        raise AnswerRefused("scene_id", f"there is no scene {scene!r}")
    if isinstance(answer, Revert):
        versions = [one.version for one in versions_of(state, answer.scene_id)]
        if answer.version not in versions:
            raise AnswerRefused("version", f"the scene has no version {answer.version}")
    if isinstance(answer, EditParagraph):
        number = next(
            one["version"] for one in state["draft"]["scenes"] if one["scene_id"] == answer.scene_id
        )
        count = len(paragraphs(content_of(state, answer.scene_id, number)))
        if answer.paragraph > count:
            raise AnswerRefused("paragraph", f"the scene has {count} paragraphs")
    if isinstance(answer, Restyle) and not any(style_of(answer.model_dump(), state["request"])):
        raise AnswerRefused("prose_style", "prose_style: say in which manner it is to be told")
    if isinstance(answer, SelectNarrator):
        voices = [narrator["voice_id"] for narrator in state["narrators"]]
        if answer.voice_id not in voices:
            raise AnswerRefused("voice_id", f"there is no narrator {answer.voice_id!r}")


def changes_of(state: Any, answer: AnyAnswer, author: str = "") -> Json:
    """Return what an author's answer changes at once; what has to be written or made for it is another node's."""
    choices = state.get("choices") or {}
    match answer:
        case Approve():
            return {"draft": with_scene(state["draft"], answer.scene_id, status="approved")}
        case ApproveAll():
            scenes = [one | {"status": "approved"} for one in state["draft"]["scenes"]]
            return {"draft": state["draft"] | {"scenes": scenes}}
        case AiRewrite() | Restyle() | ManualRewrite() | EditParagraph():
            return {"draft": with_scene(state["draft"], answer.scene_id, status="needs_revision")}
        case Revert():
            return reverted(state, answer, author)
        case SelectFormat():
            consent = choices.get("consent", False) if answer.consent is None else answer.consent
            return {"choices": choices | {"format": answer.format, "consent": consent}}
        case SelectNarrator():
            return {"choices": choices | {"voice_id": answer.voice_id}}
        case Retry():
            return {"media": {"warnings": []}, "choices": without_silence(choices)}
        case _:
            return {}


def with_scene(draft: Json, scene_id: str, **changed: Any) -> Json:
    """Return the draft with one scene changed."""
    scenes = [one | changed if one["scene_id"] == scene_id else one for one in draft["scenes"]]
    return draft | {"scenes": scenes}


def reverted(state: Any, answer: Revert, author: str) -> Json:
    """Put an earlier text in the scene's place, as its newest version."""
    versions = versions_of(state, answer.scene_id)
    old, number = versions[answer.version - 1], len(versions) + 1
    new = old.model_copy(
        update={
            "version": number,
            "order": len(state["versions"]) + 1,
            "why": "revert",
            "by": "person",
            "author": author,
            "note": f"version {answer.version}",
        }
    )
    draft = with_scene(state["draft"], answer.scene_id, status="pending", version=number)
    return {"draft": draft, "versions": [new.model_dump()]}


def without_silence(choices: Json) -> Json:
    """Return the choices, open again where no narrator could be had."""
    return {key: value for key, value in choices.items() if (key, value) != ("voice_id", "")}
