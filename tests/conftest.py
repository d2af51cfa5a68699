"""Fixtures for every test."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from providers.scripted import SCRIPTS, Script
from tests import stories


@pytest.fixture
def script() -> Iterator[Script]:
    """A scripted model that tells the small story of `tests.stories`, unless told otherwise."""
    script = Script(stories.answer)
    script.name = f"scripted:{uuid4()}"
    SCRIPTS[script.name.removeprefix("scripted:")] = script
    yield script
    del SCRIPTS[script.name.removeprefix("scripted:")]
