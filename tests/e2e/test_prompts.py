"""`fabula prompts`: what is in force, where it differs, how it is changed and put back."""

import pytest

from prompts import SHIPPED


@pytest.mark.req("A40")
async def test_an_edited_prompt_is_in_force_for_the_next_story_and_can_be_put_back(home):
    (home.folder / "plan.md").write_text(
        SHIPPED["story/plan"].replace("You are a novelist", "You are a poet")
    )
    assert (await home.run("prompts", "edit", "story/plan", "plan.md")).code == 0

    shown = await home.run("prompts", "show", "story/plan")
    assert "You are a poet who plans" in shown.out
    diff = await home.run("prompts", "diff")
    assert "-You are a novelist who plans" in diff.out
    assert "+You are a poet who plans" in diff.out
    listed = await home.run("prompts", "list")
    states = {line.split()[0]: line.split()[3] for line in listed.out.splitlines() if "story/" in line}
    assert [name for name, state in states.items() if state == "edited"] == ["story/plan"]

    assert (await home.run("prompts", "reset", "story/plan")).code == 0
    assert (await home.run("prompts", "diff")).out == ""


async def test_an_unsound_prompt_is_refused_with_the_reason(home):
    (home.folder / "plan.md").write_text(
        SHIPPED["story/plan"].replace("inputs: [request]", "inputs: [requests]")
    )
    refused = await home.run("prompts", "edit", "story/plan", "plan.md")

    assert refused.code == 2
    assert "declares ['requests'] but uses ['request']" in refused.err
    unknown = await home.run("prompts", "show", "story/nothing")
    assert unknown.code == 2
    assert "there is no prompt 'story/nothing'" in unknown.err
    missing = await home.run("prompts", "edit", "story/plan", "nowhere.md")
    assert missing.code == 2
    assert "nowhere.md" in missing.err
