"""What is counted of a session: how far it came, and what was chosen in it."""

from typing import Any

from domain.creator import Stage
from domain.creator_stages import known_concepts, stage_of
from domain.story import Model
from domain.text.genres import plain

REWRITES = ("ai_rewrite", "manual_rewrite", "edit_paragraph")


class Figures(Model):
    """The figures of one session. Genre, tone and format are empty until they are chosen."""

    stage: Stage
    genre: str = ""
    tone: str = ""
    format: str = ""
    scenes: int = 0
    rewrites: int = 0


def figures_of(state: Any) -> Figures:
    """Return the figures of a creator thread's state."""
    choices, draft = state.get("choices") or {}, state.get("draft") or {}
    concept = known_concepts(state).get(draft.get("concept_id", ""), {})
    return Figures(
        stage=stage_of(state),
        genre=plain(concept.get("genre", "")),
        tone=plain(concept.get("tone", "")),
        format=choices.get("format") or "",
        scenes=len(draft.get("scenes") or []),
        rewrites=sum(one["why"] in REWRITES for one in state.get("versions") or []),
    )
