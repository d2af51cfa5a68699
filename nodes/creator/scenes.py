"""How the text of a scene is had: asked for, checked by code, asked for once more, its length mended once."""

from dataclasses import dataclass, field
from typing import Any

from langgraph.runtime import Runtime

from domain.chapter_check import failures
from domain.context import Context
from domain.creator import MAX_SCENE_WORDS, MIN_SCENE_WORDS, CreatorState, SceneVersion, Why, scene_of
from domain.creator_checks import length_problems
from domain.creator_stages import known_concepts
from domain.errors import ModelError, SceneFailed
from domain.restyling import restyle_failures
from domain.state import Json
from domain.story import TextOrigin
from nodes.calls import Calls, Role
from nodes.creator.safety import is_adult, objection
from nodes.story.write_chapter import tidy
from providers.models import unfollowed

WORDS = {"min": MIN_SCENE_WORDS, "max": MAX_SCENE_WORDS}


@dataclass
class SceneText:
    """The text of one scene on its way.

    `others` are texts that it must not repeat; `instead_of` is the text that it tells in another manner; `remarks` is
    what the model left undone.
    """

    calls: Calls
    state: CreatorState
    runtime: Runtime[Context]
    scene: Json
    role: Role
    prompt: str
    words: Json = field(default_factory=lambda: dict(WORDS))
    others: list[str] = field(default_factory=list)
    instead_of: str = ""
    remarks: tuple[str, ...] = ()

    async def have(self, **inputs: Any) -> tuple[str, TextOrigin, list[str]]:
        """Return the text, where it came from, and what is still wrong with its length or its manner.

        Raises `SceneFailed`.
        """
        text, origin = await self._written(inputs)
        if problems := length_problems(text, self.words):
            text, origin = await self._mended(text, origin, problems, inputs)
        wrong = [*length_problems(text, self.words), *unfollowed(self.calls.request, [origin.model])]
        return text, origin, [*self.remarks, *wrong]

    async def _written(self, inputs: Json) -> tuple[str, TextOrigin]:
        problems: list[str] = []
        for attempt in (1, 2):
            about = {
                "scene_id": self.scene["scene_id"],
                "scene": self.scene["scene_number"],
                "attempt": attempt,
            }
            try:
                answer, origin = await self.calls.write(
                    self.role, self.prompt, about=about, words=self.words, problems=problems, **inputs
                )
            except ModelError as error:
                problems = [str(error)]
                continue
            text, self.remarks = tidy(answer.text, self.scene["title"]), answer.remarks
            if not (problems := await self._failures(text, answer.finish_reason)):
                return text, origin
        raise SceneFailed(f"scene {self.scene['scene_number']} failed twice: {'; '.join(problems)}")

    async def _failures(self, text: str, finish_reason: str) -> list[str]:
        draft = {"text": text, "finish_reason": finish_reason}
        request = {
            "rating": "NSFW" if is_adult(self.state, self.runtime) else "SFW",
            "style_sample": self.calls.request.get("style_sample", ""),
        }
        if self.instead_of:
            people = self.scene["characters"]
            found = restyle_failures(draft, self.instead_of, self.others, request, people)
        else:
            others = [{"text": other} for other in self.others]
            found = failures(draft, others, request, self.words["min"])
        refused = await objection([text], self.state, self.runtime)
        return [*found, refused] if refused and not found else found

    async def _mended(
        self, text: str, origin: TextOrigin, problems: list[str], inputs: Json
    ) -> tuple[str, TextOrigin]:
        """Have the length put right once; the mended text is kept only where it is better."""
        try:
            answer, mended_by = await self.calls.write(
                "edit",
                "creator/mend_scene",
                streamed=False,
                text=text,
                **{key: inputs[key] for key in ("request", "concept", "draft", "scene")},
                words=self.words,
                problems=problems,
            )
        except ModelError:
            return text, origin
        mended = tidy(answer.text, self.scene["title"])
        if await self._failures(mended, answer.finish_reason) or length_problems(mended, self.words):
            return text, origin
        return mended, mended_by


def version_of(
    state: CreatorState, scene: Json, content: str, why: Why, warnings: list[str], **about: Any
) -> SceneVersion:
    """Return the scene's next version."""
    versions = state.get("versions") or []
    earlier = [one for one in versions if one["scene_id"] == scene["scene_id"]]
    return SceneVersion(
        scene_id=scene["scene_id"],
        version=len(earlier) + 1,
        order=len(versions) + 1,
        content=content,
        why=why,
        warnings=warnings,
        **about,
    )


def told_scenes(state: CreatorState, scenes: list[Json]) -> list[Json]:
    """Return scenes as prompts show them: number, title and text."""
    told = [scene_of(state, scene) for scene in scenes]
    return [{"number": one.scene_number, "title": one.title, "text": one.content} for one in told]


def around(state: CreatorState, scene: Json) -> Json:
    """Return what a prompt is given of a scene and what is around it: the people, and the scenes that stand."""
    draft = state["draft"]
    standing = [
        one for one in draft["scenes"] if one["status"] == "approved" and one["scene_id"] != scene["scene_id"]
    ]
    return {
        "request": state["request"],
        "concept": known_concepts(state)[draft["concept_id"]],
        "draft": draft,
        "approved": told_scenes(state, standing),
        "scene": scene,
    }
