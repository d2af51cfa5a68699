"""How the graphs of a `langgraph.json` are found, and what is said when one cannot be used."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from server.graphs import GraphUnusable, load, read_env

SOURCE = """
from langgraph.graph import START, MessagesState, StateGraph

def node(state):
    return {}

builder = StateGraph(MessagesState).add_node(node).add_edge(START, "node")
graph = builder.compile(name="mine")
number = 3

def of_the_config(config):
    return builder.compile(name=config["configurable"]["name"])

def wrong():
    return 3

def too_much(config, more):
    return graph
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write a config beside a file with graphs; return its path."""
    monkeypatch.setattr("sys.path", list(__import__("sys").path))
    (tmp_path / f"{tmp_path.name}_graphs.py").write_text(SOURCE)

    def write(graphs: Any, **more: Any) -> Path:
        config = tmp_path / "langgraph.json"
        config.write_text(json.dumps({"graphs": graphs, **more}))
        return config

    write.file = f"./{tmp_path.name}_graphs.py"  # type: ignore[attr-defined]
    return write


def test_ours_are_served_without_a_config():
    from graphs.story import graph

    served = load()

    assert served["story"].source is graph and served["story"].description


async def test_graphs_builders_and_factories_become_graphs(write):
    graphs = {name: f"{write.file}:{name}" for name in ("graph", "builder", "of_the_config")}

    served = load(write(graphs | {"described": {"path": f"{write.file}:graph", "description": "Mine."}}))

    names = {}
    for name, each in served.items():
        async with each.copy({"store": None}).open({"configurable": {"name": "asked"}}) as graph:
            names[name] = graph.name
    assert names == {"graph": "mine", "builder": "builder", "of_the_config": "asked", "described": "mine"}
    assert served["described"].description == "Mine."


def test_a_module_path_names_a_graph(write):
    assert load(write({"story": "graphs.story:graph"}))["story"].name == "story"


def test_a_file_of_a_taken_name_is_still_found(write, tmp_path):
    (tmp_path / "json.py").write_text(SOURCE)

    assert load(write({"mine": "./json.py:graph"}))["mine"].source.name == "mine"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("./nowhere.py:graph", "graph 'bad': ./nowhere.py: .*there is no nowhere.py"),
        ("nowhere_at_all:graph", "graph 'bad': nowhere_at_all: ModuleNotFoundError"),
        ("FILE:nothing", "graph 'bad': .* has no nothing"),
        ("FILE:number", "graph 'bad': it is a int, not a graph or a factory"),
        ("FILE:too_much", "graph 'bad': its factory must take nothing or a config"),
        ("graph", "graph 'bad': its path is not like"),
        (3, "graph 'bad': its path is not like"),
    ],
)
def test_a_graph_that_cannot_be_used_is_named(write, path, says):
    path = path.replace("FILE", write.file) if isinstance(path, str) else path

    with pytest.raises(GraphUnusable, match=says):
        load(write({"bad": path}))


async def test_a_factory_that_makes_no_graph_is_named(write):
    served = load(write({"bad": f"{write.file}:wrong"}))

    with pytest.raises(GraphUnusable, match="graph 'bad': its factory made a int"):
        async with served["bad"].open():
            pass


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"graphs": {}}', '{"graphs": []}'])
def test_a_config_that_says_nothing_is_named(tmp_path, text):
    config = tmp_path / "langgraph.json"
    config.write_text(text)

    with pytest.raises(GraphUnusable, match=re.escape(str(config))):
        load(config)


def test_the_environment_is_set_but_not_overridden(write, tmp_path, monkeypatch):
    monkeypatch.setenv("FABULA_A", "outer")
    monkeypatch.delenv("FABULA_B", raising=False)
    (tmp_path / ".env").write_text("FABULA_A=inner\nexport FABULA_B='of the file' # so\n")

    load(write({"mine": f"{write.file}:graph"}, env=".env"))

    assert (os.environ["FABULA_A"], os.environ["FABULA_B"]) == ("outer", "of the file")


def test_an_env_file_is_read():
    text = "# no\nA=1\n B = two words # said\nC=\"# kept\"\nexport D='x=y'\nnothing\nE=\n"

    assert read_env(text) == {"A": "1", "B": "two words", "C": "# kept", "D": "x=y", "E": ""}
