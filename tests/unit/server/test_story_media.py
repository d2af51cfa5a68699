"""Where a chapter's picture is set."""

import pytest

from domain.story import Beat, ChapterPlan
from server.story_media import scene_of


@pytest.mark.parametrize(
    ("beats", "scene"),
    [
        (
            ["Ada waits in the back bar of the Alcazar, and is seen.", "To the sea."],
            "in the back bar of the Alcazar",
        ),
        (["Ada returns to the roof."], "to the roof"),
        (["Ada remembers everything."], "Ada remembers everything"),
        ([], "A summary."),
    ],
)
def test_a_chapter_is_drawn_where_its_first_beat_plays(beats, scene):
    plan = ChapterPlan(
        number=1,
        title="One",
        summary="A summary.",
        purpose="",
        beats=[Beat(text=text, words=100) for text in beats],
        plants=[],
        pays_off=[],
    )
    assert scene_of(plan) == scene
