"""What the README says holds."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from langgraph.graph.state import CompiledStateGraph

from graphs.story import graph
from tests.unit.providers.storyteller.played import play

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_picture_of_the_graph_is_the_graph():
    drawn = graph.get_graph().draw_mermaid(with_styles=False)
    lines = {line.strip() for line in drawn.splitlines() if "-->" in line or "-.->" in line}
    shown = re.search(r"```mermaid\n(.*?)```", README, re.DOTALL)
    assert shown
    assert {line.strip() for line in shown[1].splitlines() if "-->" in line or "-.->" in line} == lines


@pytest.mark.parametrize("target", re.findall(r"make ([a-z]+)", README))
def test_every_target_that_is_named_is_in_the_makefile(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_every_file_that_is_linked_is_there(link):
    assert (ROOT / link).exists()


def test_the_storyteller_writes_what_is_quoted_of_it():
    quoted = re.search(r"literature:\n\n((?:>.*\n)+)", README)
    assert quoted
    shown = re.sub(r"\s+", " ", re.sub(r"^>", "", quoted[1], flags=re.MULTILINE))
    premise = "A lighthouse keeper hears the fog answer, and his daughter begins to sleepwalk"
    text = " ".join(play(premise, 7).texts[0].split())
    for part in shown.split("[...]"):
        assert part.strip() in text


@pytest.mark.req("A60")
def test_what_goes_beyond_the_plan_is_told():
    for extra in ("--plan-model", "--edit-model", "covers.png", "regenerate", "--approve"):
        assert extra in README


@pytest.mark.req("D06")
def test_the_folders_and_packages_are_the_ones_that_were_asked_for():
    for folder in ("graphs", "nodes", "prompts", "server", "tests"):
        assert (ROOT / folder).is_dir()
    assert (ROOT / "langgraph.json").exists()
    project = (ROOT / "pyproject.toml").read_text()
    for package in ("langgraph", "langchain-openai", "langgraph-checkpoint-postgres", "pydantic", "pytest"):
        assert f'"{package}' in project


@pytest.mark.req("B76", "B77", "B93")
def test_ci_runs_every_test_and_the_guide_says_how_they_are_made():
    checks = (ROOT / ".ci/run").read_text()
    assert "make check" in checks
    assert "make test" in checks
    for made in (
        "unit/domain/test_creator.py",
        "unit/providers/speech",
        "integration/graphs/test_creator.py",
        "integration/http/creator",
        "media_servers.py",
    ):
        assert (ROOT / "tests" / made).exists()
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert "## How it is tested" in guide
    assert "make test" in guide


@pytest.mark.req("B87")
@pytest.mark.parametrize("name", ["story", "creator", "agent"])
def test_every_graph_is_one_of_langgraphs(name):
    assert isinstance(import_module(f"graphs.{name}").graph, CompiledStateGraph)
