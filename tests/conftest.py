"""Fixtures for every test."""

import gc
from collections.abc import Iterator
from uuid import uuid4

import pytest

from domain.context import Context
from providers.scripted import SCRIPTS, Script
from tests import stories

pytest_plugins = ["tests.database", "tests.chat_server", "tests.media_servers"]


def pytest_collection_finish() -> None:
    """Leave the thousands of collected tests out of every later garbage collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def script() -> Iterator[Script]:
    """A scripted model that tells the small story of `tests.stories`, unless told otherwise."""
    name = str(uuid4())
    SCRIPTS[name] = Script(stories.answer, name=f"scripted:{name}")
    yield SCRIPTS[name]
    del SCRIPTS[name]


@pytest.fixture
def context(script: Script) -> Context:
    """A context in which the scripted model answers to every role."""
    return Context(plan_model=script.name, write_model=script.name, edit_model=script.name)
