"""Find out what sound and which pictures are still to be made."""

from dataclasses import asdict
from typing import Any

from langgraph.runtime import Runtime

from domain.context import Context
from domain.creator import CreatorState, StoryDraft
from domain.creator_media import (
    ALL_KINDS,
    Kind,
    alt_of,
    cover_of,
    current_assets,
    digest,
    made_from,
    picture_of,
)
from domain.creator_stages import known_concepts
from domain.manner import language_of
from domain.media import PictureWanted
from domain.state import Json
from nodes.calls import tell_progress
from nodes.creator.keeping import folder_of
from providers import images, speech


async def plan_media(state: CreatorState, runtime: Runtime[Context]) -> dict[str, Any]:
    """List what is missing as tasks. Nothing goes to an outside service before the person agreed."""
    tell_progress(runtime, "generation", "making sound and pictures")
    context = Context.of(runtime)
    painter = images.get(context.images)
    missing = {kind: missing_of(state, kind) for kind in ALL_KINDS}
    warnings: list[Json] = []
    agreed = state["choices"].get("consent", False)
    if missing["sound"] and speech.get(context.speech).outside and not agreed:
        warnings.append(no_consent("sound"))
        missing["sound"] = {}
    drawn = missing["picture"] | missing["cover"]
    if drawn and painter.outside and not agreed:
        warnings += [no_consent(kind) for kind in ("picture", "cover") if missing[kind]]
        drawn = {}
    tasks = sounds(state, missing["sound"], runtime) + pictures(state, drawn, runtime)
    return {"media": {"tasks": tasks, "warnings": warnings, "made_for": ""}}


def missing_of(state: CreatorState, kind: Kind) -> dict[str, str]:
    """Return what is not made yet of a kind: by scene, the digest of what it is made from."""
    made = {asset["scene_id"] for asset in current_assets(state, kind)}
    return {scene: name for scene, name in made_from(state, kind).items() if scene not in made}


def no_consent(kind: str) -> Json:
    """Return the warning that nothing was sent."""
    message = "it would go to an outside service, which was not agreed to"
    return {"kind": kind, "scene_id": "", "message": message}


def sounds(state: CreatorState, missing: dict[str, str], runtime: Runtime[Context]) -> list[Json]:
    """Return a task for each scene that is to be read."""
    draft, reader = StoryDraft.of_state(state), speech.get(Context.of(runtime).speech).name
    assert draft
    folder = folder_of(runtime, "sound")
    bases = {scene: f"{folder}/{digest(name, reader)}" for scene, name in missing.items()}
    return [
        {
            "node": "make_sound",
            "scene_id": one.scene_id,
            "scene_number": one.scene_number,
            "text": one.content,
            "voice_id": state["choices"]["voice_id"],
            "made_from": missing[one.scene_id],
            "base": bases[one.scene_id],
            "bases": list(bases.values()),
        }
        for one in draft.scenes
        if one.scene_id in missing
    ]


def pictures(state: CreatorState, missing: dict[str, str], runtime: Runtime[Context]) -> list[Json]:
    """Return a task for all pictures where the provider draws many at once, else one for each."""
    draft, context = StoryDraft.of_state(state), Context.of(runtime)
    assert draft
    painter, request, folder = images.get(context.images), state["request"], folder_of(runtime, "picture")
    concept = known_concepts(state)[draft.concept_id]
    told = [
        (one.scene_number, alt_of(one, language_of(request)), picture_of(draft, one, request, context.seed))
        for one in draft.scenes
    ]
    cover = cover_of(draft, concept, request, context.seed)
    told.append((0, f"The cover of {draft.title}", cover))
    works = [
        {"scene_number": number, "alt": alt, **placed(wanted, missing, folder, painter.name)}
        for number, alt, wanted in told
        if wanted.scene_id in missing
    ]
    bases = [one["base"] for one in works]
    groups = [works] if painter.batch and len(works) > 1 else [[one] for one in works]
    return [{"node": "draw_pictures", "pictures": group, "bases": bases} for group in groups if group]


def placed(wanted: PictureWanted, missing: dict[str, str], folder: str, painter: str) -> Json:
    """Return the picture as JSON, with what it is made from and where it is kept."""
    name = missing[wanted.scene_id]
    return {"wanted": asdict(wanted), "made_from": name, "base": f"{folder}/{digest(name, painter)}"}
