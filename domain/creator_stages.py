"""The stages of a session: which one it is in, what is due there, and what a person chooses from."""

from typing import Any, Literal, get_args

from domain.creator import OutputFormat, Stage, StoryConcept, StoryDraft
from domain.creator_media import ALL_KINDS, current_assets, digest, made_from
from domain.state import Json

Due = Literal[
    "ask",
    "imagine_concepts",
    "plan_draft",
    "write_scene",
    "rewrite_scene",
    "edit_paragraph",
    "list_narrators",
    "plan_media",
]

WORK: dict[str, Due] = {
    "start_over": "imagine_concepts",
    "more_like_this": "imagine_concepts",
    "select": "plan_draft",
    "ai_rewrite": "rewrite_scene",
    "restyle": "rewrite_scene",
    "manual_rewrite": "rewrite_scene",
    "edit_paragraph": "edit_paragraph",
}
BEGUN: dict[Due, Stage] = {
    "imagine_concepts": "idea_generation",
    "plan_draft": "story_drafting",
    "write_scene": "story_drafting",
    "rewrite_scene": "revision",
    "edit_paragraph": "revision",
}
FIELDS: dict[str, list[str]] = {
    "select": ["concept_id"],
    "more_like_this": ["concept_id"],
    "start_over": ["prompt"],
    "approve": ["scene_id"],
    "approve_all": [],
    "ai_rewrite": ["scene_id", "feedback"],
    "restyle": ["scene_id"],
    "manual_rewrite": ["scene_id", "content"],
    "edit_paragraph": ["scene_id", "paragraph", "how"],
    "revert": ["scene_id", "version"],
    "select_format": ["format"],
    "select_narrator": ["voice_id"],
    "retry": [],
}
REVIEW = ("approve", "approve_all", "ai_rewrite", "restyle", "manual_rewrite", "edit_paragraph", "revert")


def stage_of(state: Any) -> Stage:
    """Return the stage that a session has come to: the first one that something is still missing of."""
    draft, choices = state.get("draft") or {}, state.get("choices") or {}
    if not state.get("rounds"):
        return "idea_generation"
    if not draft:
        return "concept_selection"
    if not is_written(draft):
        return "story_drafting"
    if not is_approved(draft):
        return "revision"
    if not choices.get("format"):
        return "format_selection"
    if choices["format"] != "visual" and "voice_id" not in choices:
        return "narrator_selection"
    return "completed" if is_made(state) else "generation"


def is_written(draft: Json) -> bool:
    """Whether every scene has a text."""
    return bool(draft) and all(scene["version"] for scene in draft["scenes"])


def is_approved(draft: Json) -> bool:
    """Whether every scene stands."""
    return is_written(draft) and all(scene["status"] == "approved" for scene in draft["scenes"])


def is_made(state: Any) -> bool:
    """Whether sound and pictures were made, or given up, from the session as it stands."""
    return (state.get("media") or {}).get("made_for") == signature_of(state)


def signature_of(state: Any) -> str:
    """Return a name for all that the session's sound and pictures are made from."""
    kinds = [made_from(state, kind) for kind in ALL_KINDS]
    return digest(*kinds, (state.get("choices") or {}).get("consent", False))


def stage_after(state: Any) -> Json:
    """Return the stage that a session is in once a node has done its work, and what is due there."""
    name, due = stage_of(state), "ask"
    if name == "story_drafting":
        due = "write_scene"
    elif name == "narrator_selection" and not state.get("narrators"):
        due = "list_narrators"
    elif name == "generation":
        due = "plan_media"
    return {"name": name, "due": due, "problem": None, "failed": ""}


def stage_failed(state: Any, due: Due, message: str) -> Json:
    """Return the stage after a node has failed: all is as it was, and `retry` has it tried again."""
    problem = {"field": "model", "message": message}
    return {"name": stage_of(state), "due": "ask", "problem": problem, "failed": due}


def stage_for(state: Any, action: str) -> Json:
    """Return the stage that begins with an accepted answer."""
    if action == "retry" and (failed := state["stage"].get("failed")):
        return {"name": BEGUN[failed], "due": failed, "problem": None, "failed": ""}
    if action in WORK:
        return {"name": BEGUN[WORK[action]], "due": WORK[action], "problem": None, "failed": ""}
    return stage_after(state)


def actions_of(state: Any) -> dict[str, list[str]]:
    """Return what may be answered now: each action with the fields it needs."""
    draft, stage = state.get("draft") or {}, state.get("stage") or {}
    allowed = ["start_over"]
    if state.get("rounds"):
        allowed += ["select", "more_like_this"]
    if is_written(draft):
        allowed += REVIEW
    if is_approved(draft):
        allowed.append("select_format")
        if state.get("narrators") and (state.get("choices") or {}).get("format") in ("audio", "both"):
            allowed.append("select_narrator")
    if stage.get("failed") or (state.get("media") or {}).get("warnings"):
        allowed.append("retry")
    return {action: FIELDS[action] for action in FIELDS if action in allowed}


def known_concepts(state: Any) -> dict[str, Json]:
    """Return every concept of every round, by its id."""
    return {one["concept_id"]: one for each in state.get("rounds") or [] for one in each["concepts"]}


def question_of(state: Any, outside: list[str]) -> Json:
    """Return what a person is asked: `{stage, actions, data, problem}`.

    `outside` names the services (`speech`, `images`) that would get the text, for which consent is needed.
    """
    name: Stage = stage_of(state)
    return {
        "stage": name,
        "actions": actions_of(state),
        "data": DATA[name](state, outside),
        "problem": (state.get("stage") or {}).get("problem"),
    }


def concepts_to_choose(state: Any, outside: list[str]) -> Json:
    *earlier, last = state["rounds"]
    told = [
        {"concept_id": one["concept_id"], "title": one["title"], "round": each["round"]}
        for each in earlier
        for one in each["concepts"]
    ]
    return {
        "concepts": [StoryConcept.model_validate(one).model_dump() for one in last["concepts"]],
        "earlier": told,
    }


def scenes_to_review(state: Any, outside: list[str]) -> Json:
    draft = StoryDraft.of_state(state)
    assert draft
    heads = [
        {
            "scene_id": one.scene_id,
            "scene_number": one.scene_number,
            "title": one.title,
            "status": one.status,
            "version": one.version,
            "words": one.words,
        }
        for one in draft.scenes
    ]
    open_scenes = [one for one in draft.scenes if one.status != "approved"]
    return {
        "title": draft.title,
        "characters": [person.model_dump() for person in draft.characters],
        "scenes": heads,
        "scene": open_scenes[0].model_dump() if open_scenes else None,
    }


def formats_to_choose(state: Any, outside: list[str]) -> Json:
    consent = (state.get("choices") or {}).get("consent", False)
    return {"formats": list(get_args(OutputFormat)), "outside": outside, "consent": consent}


def narrators_to_choose(state: Any, outside: list[str]) -> Json:
    return {"narrators": state.get("narrators") or []}


def drafting_so_far(state: Any, outside: list[str]) -> Json:
    scenes = state["draft"]["scenes"]
    return {"written": sum(bool(one["version"]) for one in scenes), "of": len(scenes)}


def book_so_far(state: Any, outside: list[str]) -> Json:
    made = {
        kind: [
            {key: told for key, told in asset["about"].items() if key != "marks"}
            for asset in current_assets(state, kind)
        ]
        for kind in ALL_KINDS
    }
    return {
        "title": state["draft"]["title"],
        "audio": made["sound"],
        "images": made["picture"],
        "cover": made["cover"][0] if made["cover"] else None,
        "warnings": (state.get("media") or {}).get("warnings") or [],
    }


DATA: dict[Stage, Any] = {
    "idea_generation": lambda state, outside: {"prompt": state["request"]["prompt"]},
    "concept_selection": concepts_to_choose,
    "story_drafting": drafting_so_far,
    "revision": scenes_to_review,
    "format_selection": formats_to_choose,
    "narrator_selection": narrators_to_choose,
    "generation": book_so_far,
    "completed": book_so_far,
}
