"""The scenes of an illustrated story: written from their plan, as chapters are."""

from providers.storyteller.chapter import ChapterWriter
from providers.storyteller.creator import asked_of, names_of, seed_of, time_of
from providers.storyteller.world import Json

SHARE = 165


def chapter_inputs(inputs: Json) -> Json:
    """Return what a chapter's writer is given for a scene."""
    draft, scene, concept = inputs["draft"], inputs["scene"], inputs["concept"]
    chapters = [chapter_of(one, draft["scenes"]) for one in draft["scenes"]]
    return {
        "request": asked_of(inputs["request"], str(concept["genre"]), str(concept["tone"])),
        "outline": {"title": draft["title"], "characters": draft["characters"], "chapters": chapters},
        "chapter": chapters[scene["scene_number"] - 1],
        "chapters": inputs.get("scenes") or inputs.get("approved") or [],
        "words": inputs["words"],
        "problems": inputs.get("problems") or [],
    }


def chapter_of(scene: Json, scenes: list[Json]) -> Json:
    """Return a scene as a chapter's plan: an object is planted where it first stands, and pays off after that."""
    number = scene["scene_number"]
    before = {thing for one in scenes if one["scene_number"] < number for thing in one["objects"]}
    return {
        "number": number,
        "title": scene["title"],
        "summary": scene["summary"],
        "purpose": "",
        "beats": [{"text": beat, "words": SHARE} for beat in scene["beats"]],
        "plants": [thing for thing in scene["objects"] if thing not in before],
        "pays_off": [thing for thing in scene["objects"] if thing in before],
    }


class SceneTeller(ChapterWriter):
    """Writes one scene of a draft. All of it happens at the time of day that its setting names."""

    def __init__(self, inputs: Json) -> None:
        self.hour = time_of(str(inputs["scene"]["setting"]))
        super().__init__(chapter_inputs(inputs), seed_of(names_of(inputs["draft"]["characters"])))

    def _time(self, index: int, many: int) -> str:
        return self.hour


def write_scene(inputs: Json, seed: int) -> str:
    """Return a scene's prose."""
    return SceneTeller(inputs).write()
