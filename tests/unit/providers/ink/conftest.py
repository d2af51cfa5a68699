"""Stories to try things on, and inkjs to compare with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from providers.ink.compiler import compile_story
from providers.ink.inkjs import InkJs
from providers.ink.story import InkStory

EXAMPLES = Path(__file__).parents[4] / "examples" / "ink"
PLAYER = Path(__file__).with_name("player.js")


@pytest.fixture(scope="session")
def harbour() -> InkStory:
    """The short example story."""
    return compile_story((EXAMPLES / "harbour.ink").read_text())


@pytest.fixture(scope="session", params=["harbour", "quiet-bell", "lost-property"])
def example(request: pytest.FixtureRequest) -> InkStory:
    """Each example story."""
    return compile_story((EXAMPLES / f"{request.param}.ink").read_text())


@pytest.fixture(scope="session")
def inkjs() -> Iterator[InkJs]:
    """inkjs in V8, with a player that takes the choices it is told."""
    engine = InkJs()
    engine.load(PLAYER.read_text())
    yield engine
    engine.close()
