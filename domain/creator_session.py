"""A session as its owner sees it, and how two versions of a scene differ."""

from datetime import datetime
from typing import Any, Self

from domain.creator import OutputFormat, Stage, StoryConcept, StoryDraft, versions_of
from domain.creator_media import current_assets
from domain.media import AudioSegment, GeneratedImage, NarratorProfile
from domain.story import Model
from domain.text import compare


class StorySession(Model):
    """A session as its owner sees it."""

    session_id: str
    user_id: str
    original_prompt: str
    generated_concepts: list[StoryConcept]
    selected_concept_id: str | None
    current_draft: StoryDraft | None
    output_format: OutputFormat | None
    selected_narrator: NarratorProfile | None
    generated_audio: list[AudioSegment]
    generated_images: list[GeneratedImage]
    current_stage: Stage
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of_state(
        cls, state: Any, *, session_id: str, user_id: str, created_at: datetime, updated_at: datetime
    ) -> Self:
        """Return the session that a creator thread's state holds."""
        choices, rounds = state.get("choices") or {}, state.get("rounds") or []
        narrators = {narrator["voice_id"]: narrator for narrator in state.get("narrators") or []}
        return cls(
            session_id=session_id,
            user_id=user_id,
            original_prompt=state["request"]["prompt"],
            generated_concepts=rounds[-1]["concepts"] if rounds else [],
            selected_concept_id=choices.get("concept_id"),
            current_draft=StoryDraft.of_state(state),
            output_format=choices.get("format"),
            selected_narrator=narrators.get(choices.get("voice_id")),
            generated_audio=[asset["about"] for asset in current_assets(state, "sound")],
            generated_images=[asset["about"] for asset in current_assets(state, "picture")],
            current_stage=(state.get("stage") or {}).get("name", "idea_generation"),
            created_at=created_at,
            updated_at=updated_at,
        )


def compare_versions(state: Any, scene_id: str, first: int, second: int) -> list[str]:
    """Return the sentences of two versions, each after `- ` (only in the first), `+ ` (only in the second) or spaces.

    Raises `KeyError` when the scene has no such version.
    """
    texts = {one.version: one.content for one in versions_of(state, scene_id)}
    return compare(texts[first], texts[second])
