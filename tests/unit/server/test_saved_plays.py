"""Plays are saved in files of their own, and found again."""

import os
from pathlib import Path
from typing import Any

import pytest

from providers.ink.compiler import compile_story
from providers.ink.play import begin, choose
from server.play import title_of
from server.saved_plays import NothingToPlay, PlayNotFound, SavedPlay, Talk, find_play, plays_folder

SOURCE = "The tide is out.\nThe tide is his. #context\n+ [Walk on] You walk on.\n-> END\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FABULA_HOME", str(tmp_path))
    return tmp_path / "plays"


def begun(**changed: Any) -> SavedPlay:
    story = compile_story(SOURCE)
    play = SavedPlay.new("Tide", story, SOURCE, {"seed": 1}, "")
    play.turn_to(begin(story, 1))
    for name, value in changed.items():
        setattr(play, name, value)
    play.save()
    return play


def test_a_play_is_found_as_it_was_saved():
    play = begun()

    found = find_play(play.id)
    assert found == find_play("")
    assert (found.step, found.lines, found.page) == (play.step, play.lines, play.page)
    assert play.text(hidden=False) == "The tide is out."
    assert play.text(hidden=True) == "The tide is his."


def test_a_step_is_a_new_page_and_leaves_the_conversation_behind():
    play = begun(talk=Talk(id="one"))
    play.turn_to(choose(play.loaded(), play.step.state, 0))

    assert [line.text for line in play.lines[play.page :]] == ["You walk on."]
    assert (play.talk, play.finished) == (None, True)


def test_the_newest_unfinished_play_is_taken_up():
    older, newer, _ = begun(), begun(), begun(finished=True)
    for age, play in ((20, older), (10, newer)):
        path = plays_folder() / f"{play.id}.json"
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    (plays_folder() / "torn.json").write_text('{"id": ')

    assert find_play("").id == newer.id
    assert find_play(older.id).id == older.id


def test_what_is_not_there_is_said():
    with pytest.raises(NothingToPlay, match="No play is waiting to be finished"):
        find_play("")
    with pytest.raises(PlayNotFound, match="260101-abcdef"):
        find_play("260101-abcdef")


def test_nobody_else_can_read_a_saved_play(folder: Path):
    begun()

    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o077 == folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("# title: The Harbour Light\nHello.", "The Harbour Light"),
        ("// Mine\n\nVAR x = 1\n#Title:  Quiet \n-> a", "Quiet"),
        ("Hello.\n# title: too late", ""),
        ("=== a ===\n# title: of the knot\nHello.", ""),
        ("", ""),
    ],
)
def test_a_story_names_itself_at_its_top(source: str, title: str):
    assert title_of(source) == title
