"""The limits are right for honest prose: the reference passages keep them."""

from itertools import pairwise

import pytest

from domain.report.across import across_measures
from domain.report.voice import drift_measures
from domain.report.within import within_measures
from domain.story import Outline
from tests.unit.domain.stories import PROSE, a_chapter

PASSAGES = sorted(PROSE.glob("*.txt"))
CONSECUTIVE = [
    (one, other)
    for one, other in pairwise(PASSAGES)
    if one.stem.rpartition("-")[0] == other.stem.rpartition("-")[0]
]
OUTLINE = Outline(title="", arc="", setting="", characters=[], chapters=[])


@pytest.mark.parametrize("path", PASSAGES, ids=lambda path: path.stem)
def test_a_reference_passage_keeps_the_limits_of_a_chapter(path):
    chapter = a_chapter(1, path.read_text())

    measures = [*within_measures([chapter]), *drift_measures([chapter])]

    assert [measure for measure in measures if not measure.passed] == []


@pytest.mark.parametrize("pair", CONSECUTIVE, ids=lambda pair: pair[0].stem)
def test_consecutive_reference_passages_keep_the_limits_across_chapters(pair):
    chapters = [a_chapter(number, path.read_text()) for number, path in enumerate(pair, start=1)]

    measures = [*across_measures(chapters, OUTLINE), *drift_measures(chapters)]

    assert [measure for measure in measures if not measure.passed] == []


def test_there_is_enough_reference_prose():
    assert len({path.stem.partition("-")[0] for path in PASSAGES}) >= 5
    assert len(PASSAGES) >= 10
    assert len(CONSECUTIVE) >= 3
