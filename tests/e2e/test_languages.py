"""Languages and styles on the command line."""

import pytest


@pytest.mark.req("B80")
@pytest.mark.parametrize("command", ["write", "create"])
async def test_offline_another_language_is_refused_before_anything_begins(home, command):
    done = await home.offline(command, "Eine Wärterin hört den Nebel antworten.", "--language", "de")

    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("--language: the offline storyteller writes English alone: this needs a model")
    assert "FABULA_MODEL" in done.err


@pytest.mark.parametrize(
    ("command", "option", "value"),
    [
        ("write", "--language", "klingonisch"),
        ("create", "--language", "xx"),
        ("write", "--prose-style", "x" * 401),
    ],
)
async def test_what_cannot_be_taken_is_named_by_its_option(home, command, option, value):
    done = await home.offline(command, "A keeper hears the fog answer.", option, value)

    assert done.code == 2
    assert done.err.startswith(f"{option}: ")


@pytest.mark.req("B80", "B82")
async def test_a_story_is_written_in_another_language_and_bound_in_it(home):
    (home.folder / "sample.txt").write_text("Er kam. Er sah die Lampe.", encoding="utf-8")
    given = (
        "--language",
        "de",
        "--prose-style",
        "Dry.",
        "--style-sample",
        "sample.txt",
        "--out",
        "buch.epub",
    )
    done = await home.run("write", "Eine Wärterin hört den Nebel antworten.", "--chapters", "2", *given)

    assert done.code == 0, done.err
    told = (home.folder / "buch.md").read_text(encoding="utf-8")
    assert "## Kapitel 1" in told and "Geschrieben von" in told
