"""A finished story is edited and extended on its thread: each test straight through, and stopped after each step."""

from uuid import uuid4

import pytest

from domain.editing import spans, versions_of
from domain.errors import EditFailed, EditRefused, ModelError, PlanFailed
from domain.story import Story
from domain.text import paragraphs
from tests.stories import chapter_text, further_plan, plan_of, settlement_of

EDIT, PLAN, SETTLE = "story/edit_paragraph", "story/plan_further_chapter", "story/settle_chapter"
NEW = "Nobody spoke of the harbour that night, and the kettle went cold beside the ledger."


async def ask(thread, action, **order):
    thread.run_id = uuid4()
    return await thread.run({"order": {"action": action, **order}})


def text_of(values, number):
    return values["chapters"][number - 1]["text"]


@pytest.mark.parametrize(
    ("action", "place", "gone"), [("rewrite", 2, 1), ("continue", 3, 0), ("insert", 2, 0)]
)
async def test_a_paragraph_is_edited_and_its_neighbours_stay_byte_for_byte(
    thread, script, action, place, gone
):
    before = await thread.tell()
    values = await ask(thread, action, chapter=2, paragraph=3, instruction="Let it be quiet.")

    old, new = paragraphs(text_of(before, 2)), paragraphs(text_of(values, 2))
    assert new == [*old[:place], NEW, *old[place + gone :]]
    start, end = spans(text_of(before, 2))[2]
    assert text_of(values, 2).startswith(text_of(before, 2)[:start])
    assert text_of(values, 2).endswith(text_of(before, 2)[end:])
    assert [values["chapters"][n] for n in (0, 2)] == [before["chapters"][n] for n in (0, 2)]
    [asked] = script.calls(EDIT)
    assert "<instruction>\nLet it be quiet.\n</instruction>" in asked.text
    assert asked.settings["temperature"] == 0.6


async def test_every_text_of_an_edited_chapter_is_kept(thread):
    first = text_of(await thread.tell(), 2)
    await ask(thread, "rewrite", chapter=2, paragraph=1, instruction="Shorter.")
    values = await ask(thread, "continue", chapter=2, paragraph=1, text="It rained.")

    versions = versions_of(values, 2)
    assert [(one.version, one.why, one.by, one.note) for one in versions] == [
        (1, "written", "model", ""),
        (2, "rewrite", "model", "Shorter."),
        (3, "continue", "person", ""),
    ]
    assert versions[0].text == first
    assert versions[1].origin.prompt == EDIT
    assert versions[2].text == text_of(values, 2)
    assert [one.version for one in versions_of(values, 1)] == [1]


async def test_ones_own_words_stand_as_they_are_and_no_model_writes(thread, script):
    await thread.tell()
    mine = "“Teh fog,” said Maren.\n\nIt was only the fog."
    values = await ask(thread, "insert", chapter=1, paragraph=1, text=mine)

    assert text_of(values, 1).startswith(f"{mine}\n\n")
    assert not script.calls(EDIT)
    assert versions_of(values, 1)[-1].by == "person"


async def test_an_edited_chapter_is_summed_up_and_its_facts_are_verified_anew(thread, script):
    before = await thread.tell()
    settled = settlement_of(plan_of(2, 3).model_dump(), f"{NEW}.").model_copy(
        update={"summary": "A quiet one."}
    )
    script.say(SETTLE, settled)
    values = await ask(thread, "rewrite", chapter=2, paragraph=1)

    assert values["chapters"][1]["summary"] == "A quiet one."
    assert [fact["quote"] for fact in values["facts"] if fact["chapter"] == 2] == [NEW]
    others = [fact for fact in before["facts"] if fact["chapter"] != 2]
    assert [fact for fact in values["facts"] if fact["chapter"] != 2] == others
    assert values["report"]["measures"] != before["report"]["measures"]
    assert len(script.calls("story/polish")) == len(script.calls("story/write_synopsis")) == 1


async def test_without_an_audit_only_facts_that_still_stand_are_kept(thread, script):
    before = await thread.tell()
    script.say(SETTLE, ModelError("down"), ModelError("down"))
    values = await ask(thread, "rewrite", chapter=2, paragraph=1)

    assert values["audits"]["2"] == "unavailable"
    assert [fact["chapter"] for fact in before["facts"]] == [1, 2, 3]
    assert [fact["chapter"] for fact in values["facts"]] == [1, 3]
    assert values["chapters"][1]["summary"] == before["chapters"][1]["summary"]


async def test_what_an_edit_contradicts_is_a_warning_and_stays(thread, script):
    before = await thread.tell()
    told = paragraphs(text_of(before, 3))[1].split(".")[0]
    settled = settlement_of(plan_of(2, 3).model_dump(), text_of(before, 2)).model_dump()
    settled["contradictions"] = [
        {"earlier": told, "now": NEW, "why": "The kettle was sold."},
        {"earlier": "These words stand nowhere at all.", "now": NEW, "why": "Invented."},
    ]
    script.say(SETTLE, settled)
    values = await ask(thread, "insert", chapter=2, paragraph=2)

    [warning] = versions_of(values, 2)[-1].warnings
    assert warning.endswith("The kettle was sold.")
    assert NEW in text_of(values, 2)
    assert thread.told("paragraph.finished")[-1]["warnings"] == [warning]


async def test_a_chapter_goes_back_to_any_version_with_its_facts(thread, script):
    first = await thread.tell()
    await ask(thread, "rewrite", chapter=2, paragraph=1)
    calls = len(script.asked)
    values = await ask(thread, "revert", chapter=2, version=1)

    assert values["chapters"] == first["chapters"]
    assert values["facts"] == first["facts"]
    assert [one.why for one in versions_of(values, 2)] == ["written", "rewrite", "revert"]
    assert versions_of(values, 2)[-1].note == "version 1"
    assert len(script.asked) == calls
    again = await ask(thread, "revert", chapter=2, version=2)
    assert NEW in text_of(again, 2)


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"action": "rewrite", "chapter": 9, "paragraph": 1}, "chapter"),
        ({"action": "rewrite", "chapter": 0, "paragraph": 1}, "chapter"),
        ({"action": "insert", "chapter": 1, "paragraph": 900}, "paragraph"),
        ({"action": "insert", "chapter": 1, "paragraph": 1, "text": "a", "instruction": "b"}, "text"),
        ({"action": "insert", "chapter": 1, "paragraph": 1, "text": "a\0"}, "text"),
        ({"action": "insert", "chapter": 1, "paragraph": 1, "text": "\x1b"}, "text"),
        ({"action": "insert", "chapter": 1, "paragraph": 1, "text": "pornography"}, "text"),
        ({"action": "rewrite", "chapter": 1, "paragraph": 1, "colour": "red"}, "colour"),
        ({"action": "revert", "chapter": 1, "version": 2}, "version"),
        ({"action": "burn"}, "action"),
    ],
)
async def test_an_order_that_cannot_be_followed_is_refused_and_changes_nothing(thread, order, field):
    before = await thread.tell()

    with pytest.raises(EditRefused) as refused:
        await ask(thread, **order)
    assert refused.value.field == field
    values = (await thread.state()).values
    assert values["chapters"] == before["chapters"]
    assert not values.get("versions")


async def test_nothing_is_edited_before_there_is_a_story(thread):
    with pytest.raises(EditRefused, match="not finished"):
        await ask(thread, "rewrite", chapter=1, paragraph=1)


@pytest.mark.parametrize(
    "bad", ["", "I'm sorry, I can't help with that.", "Nobody spoke of the", ModelError("down")]
)
async def test_a_paragraph_that_cannot_be_used_is_asked_for_once_more(thread, script, bad):
    await thread.tell()
    script.say(EDIT, bad)
    values = await ask(thread, "rewrite", chapter=1, paragraph=2)

    assert paragraphs(text_of(values, 1))[1] == NEW
    assert [told["attempt"] for told in thread.told("paragraph.started")] == [1, 2]


async def test_a_paragraph_that_only_repeats_the_chapter_is_not_taken(thread, script):
    before = await thread.tell()
    old = paragraphs(text_of(before, 1))
    script.say(EDIT, old[1], old[3])

    with pytest.raises(EditFailed, match="failed twice"):
        await ask(thread, "rewrite", chapter=1, paragraph=2)
    assert "it is the paragraph as it was" in script.calls(EDIT)[1].text
    assert (await thread.state()).values["chapters"] == before["chapters"]


@pytest.mark.req("A34")
async def test_an_edit_that_failed_is_taken_up_again_by_a_retry(thread, script):
    await thread.tell()
    script.say(EDIT, "", "")
    with pytest.raises(EditFailed):
        await ask(thread, "rewrite", chapter=1, paragraph=2)
    values = await thread.retry()

    assert paragraphs(text_of(values, 1))[1] == NEW
    assert not (await thread.state()).next


async def test_a_finished_story_grows_by_a_chapter(thread, script):
    before = await thread.tell()
    counts = {name: len(script.calls(name)) for name in ("story/polish", "story/write_synopsis")}
    values = await ask(thread, "extend", premise="The lamp comes back.")

    assert values["chapters"][:3] == before["chapters"]
    assert values["chapters"][3]["text"] == chapter_text(further_plan(4).model_dump())
    assert values["outline"]["chapters"][:3] == before["outline"]["chapters"]
    assert values["outline"]["chapters"][3]["pays_off"] == before["outline"]["chapters"][0]["plants"]
    assert values["request"]["chapters"] == 4
    assert len(script.calls("story/polish")) == counts["story/polish"]
    assert len(script.calls("story/write_synopsis")) == counts["story/write_synopsis"] + 1
    assert "<premise>\nThe lamp comes back.\n</premise>" in script.calls(PLAN)[0].text
    assert [fact["chapter"] for fact in values["facts"]] == [1, 2, 3, 4]
    assert len(Story.of_state(values).chapters) == 4
    assert values["report"] != before["report"]


async def test_a_further_chapter_that_repeats_or_pays_off_nothing_is_planned_again(thread, script):
    await thread.tell()
    wrong = plan_of(2, 3).model_copy(
        update={"pays_off": ["a thing nobody set up"], "plants": ["a loose end"]}
    )
    script.say(PLAN, wrong)
    values = await ask(thread, "extend")

    asked = script.calls(PLAN)[1].text
    assert "it pays off 'a thing nobody set up', which no chapter plants" in asked
    assert "it plants 'a loose end', which no later chapter pays off" in asked
    assert "this beat is told in chapter 2" in asked
    assert "a chapter is called 'Part 2' already" in asked
    assert values["outline"]["chapters"][3]["title"] == further_plan(4).title


async def test_code_gives_a_further_chapter_its_number_and_something_to_pay_off(thread, script):
    before = await thread.tell()
    loose = further_plan(4).model_copy(update={"number": 9, "pays_off": [], "plants": ["a loose end"]})
    script.say(PLAN, loose, loose)
    values = await ask(thread, "extend")

    plan = values["outline"]["chapters"][3]
    assert (plan["number"], plan["plants"]) == (4, [])
    assert plan["pays_off"] == before["outline"]["chapters"][0]["plants"][:1]


async def test_a_further_chapter_that_stays_a_repeat_is_not_begun(thread, script):
    before = await thread.tell()
    script.say(PLAN, plan_of(2, 3), plan_of(2, 3))

    with pytest.raises(PlanFailed, match="repeats the story"):
        await ask(thread, "extend")
    values = (await thread.state()).values
    assert values["outline"] == before["outline"]
    assert values["request"]["chapters"] == 3


async def test_a_further_chapter_that_failed_is_written_by_a_retry_or_planned_anew(thread, script):
    await thread.tell()
    script.say("story/write_chapter", "", "")
    with pytest.raises(Exception, match="chapter 4 failed twice"):
        await ask(thread, "extend")
    with pytest.raises(EditRefused, match="chapter 4 is not finished"):
        await ask(thread, "rewrite", chapter=1, paragraph=1)

    values = await ask(thread, "extend", premise="Another one.")
    assert [chapter["number"] for chapter in values["chapters"]] == [1, 2, 3, 4]
    assert len(values["outline"]["chapters"]) == 4


async def test_a_story_grows_twice_and_is_edited_between(thread):
    await thread.tell(chapters=2)
    await ask(thread, "extend")
    edited = await ask(thread, "continue", chapter=3, paragraph=2, text="It rained all night.")
    values = await ask(thread, "extend")

    assert len(values["chapters"]) == 4
    assert values["chapters"][:3] == edited["chapters"]


async def test_a_thread_whose_story_was_edited_can_tell_another(thread):
    await thread.tell()
    await ask(thread, "rewrite", chapter=1, paragraph=1)
    thread.run_id = uuid4()
    values = await thread.tell("Another keeper.", chapters=2)

    assert not values["versions"]
    assert len(values["chapters"]) == 2
