"""The offline storyteller as a maker of illustrated stories: concepts, plans, scenes and their rewrites."""

import json
import re
from functools import cache
from itertools import combinations

import pytest

import prompts
from domain.chapter_check import failures
from domain.creator import Concepts, CreatorInput, DraftPlan
from domain.creator_checks import concept_problems, length_problems, plan_problems
from domain.text import count_words, covers, dialogue_share, sentences
from providers.storyteller import Storyteller
from providers.storyteller.answers import answer
from providers.storyteller.polishing import polish
from providers.storyteller.wishes import read_wishes

PROMPTS = (
    "The last lighthouse keeper on a drowned coast receives a letter from a ship that sank before she was born.",
    "A detective who can see ghosts",
    "dragons",
    "Zwei Schwestern erben ein Haus am Meer.",
    "猫が空を飛ぶ",
)
WORDS = {"min": 300, "max": 800}


def told(name, **inputs):
    """What it answers to the shipped prompt."""
    return answer(prompts.parse(name, prompts.SHIPPED[name]).render(**inputs), 0)


def request_of(prompt, **given):
    return CreatorInput(prompt=prompt, **given).model_dump()


def concepts_of(prompt, like=None, earlier=(), **given):
    asked = {"request": request_of(prompt, **given), "like": like, "earlier": list(earlier), "problems": []}
    return json.loads(told("creator/imagine_concepts", **asked))["concepts"]


@cache
def story(prompt, place=0):
    """The inputs of a story's scenes, and its scenes."""
    request, concept = request_of(prompt), concepts_of(prompt)[place]
    plan = json.loads(told("creator/plan_draft", request=request, concept=concept, problems=[]))
    assert not plan_problems(DraftPlan.model_validate(plan))
    draft = plan | {"scenes": [one | {"scene_number": n} for n, one in enumerate(plan["scenes"], 1)]}
    inputs = {"request": request, "concept": concept, "draft": draft, "words": WORDS, "problems": []}
    scenes = []
    for scene in draft["scenes"]:
        text = told("creator/write_scene", **inputs, scene=scene, scenes=list(scenes))
        scenes.append({"number": scene["scene_number"], "title": scene["title"], "text": text})
    return inputs, scenes


def rewritten(feedback, number=2):
    inputs, scenes = story(PROMPTS[0])
    now = scenes[number - 1]["text"]
    others = [scene for scene in scenes if scene["number"] != number]
    scene = inputs["draft"]["scenes"][number - 1]
    return now, told(
        "creator/rewrite_scene", **inputs, scene=scene, approved=others, text=now, feedback=feedback
    )


@pytest.mark.parametrize("prompt", PROMPTS)
def test_concepts_are_three_distinct_ones_of_three_genres(prompt):
    concepts = concepts_of(prompt)

    assert not concept_problems(Concepts.model_validate({"concepts": concepts}).concepts, [])
    assert len({concept["genre"] for concept in concepts}) == 3
    assert len({concept["tone"] for concept in concepts}) == 3


def test_a_genre_that_was_asked_for_is_kept():
    assert {concept["genre"] for concept in concepts_of(PROMPTS[0], genre="science fiction")} == {
        "science fiction"
    }


def test_four_rounds_of_more_like_this_offer_nothing_twice():
    offered = concepts_of(PROMPTS[0])
    for _ in range(3):
        more = concepts_of(PROMPTS[0], like=offered[0], earlier=offered)
        assert not concept_problems(Concepts.model_validate({"concepts": more}).concepts, offered)
        assert {concept["genre"] for concept in more} == {offered[0]["genre"]}
        offered += more


@pytest.mark.parametrize("prompt", PROMPTS)
def test_scenes_keep_to_their_length_and_their_beats(prompt):
    inputs, scenes = story(prompt)

    for scene, plan in zip(scenes, inputs["draft"]["scenes"], strict=True):
        earlier = scenes[: scene["number"] - 1]
        draft = {"text": scene["text"], "finish_reason": "stop"}
        assert not failures(draft, earlier, {"rating": "SFW"}, WORDS["min"])
        assert not length_problems(scene["text"], WORDS)
        assert all(covers(scene["text"], beat) for beat in plan["beats"])


def test_no_sentence_is_told_twice_in_a_story():
    _, scenes = story(PROMPTS[0])
    texts = [{one for one in sentences(scene["text"]) if count_words(one) > 4} for scene in scenes]

    assert all(not one & two for one, two in combinations(texts, 2))


def test_the_people_of_the_concept_are_those_of_the_draft():
    inputs, scenes = story(PROMPTS[0])

    looks = {person["name"]: person["description"] for person in inputs["draft"]["characters"]}
    for person in inputs["concept"]["main_characters"]:
        assert looks[person["name"]] == person["description"]
    assert len(set(looks.values())) == len(looks)
    hero = inputs["concept"]["main_characters"][0]["name"].split()[0]
    assert all(hero in scene["text"] for scene in scenes)


@pytest.mark.parametrize(
    "feedback",
    ["Make it shorter.", "Longer, please.", "More dialogue.", "Less talk.", "Darker.", "Let it rain.", "Hm."],
)
def test_whatever_the_feedback_a_rewrite_is_a_sound_scene_and_another_one(feedback):
    before, after = rewritten(feedback)

    assert after != before
    assert not failures({"text": after, "finish_reason": "stop"}, [], {"rating": "SFW"}, WORDS["min"])
    assert not length_problems(after, WORDS)


def test_shorter_and_longer_change_the_length():
    before, shorter = rewritten("Make it shorter.")
    _, longer = rewritten("Make it longer.")

    assert count_words(shorter) < 0.8 * count_words(before) < count_words(before) * 1.2 < count_words(longer)
    assert all(sentence in before for sentence in sentences(shorter))


def test_more_and_less_talk_change_what_is_said():
    before, more = rewritten("More dialogue.")
    _, less = rewritten("Less dialogue.")

    assert dialogue_share(less) < dialogue_share(before)
    assert more.count("“") > before.count("“") + 3


def test_names_places_and_weather_come_in_as_asked():
    _, after = rewritten(
        "Rename Ursula to Ada, bring in Samuel and a brass telescope, and let it snow in Lisbon."
    )

    assert "Ursula" not in after
    for wanted in ("Ada", "Samuel", "brass telescope", "snow", "Lisbon"):
        assert wanted in after


def test_a_scene_is_never_rewritten_alike_twice():
    inputs, scenes = story(PROMPTS[0])
    scene, text, seen = inputs["draft"]["scenes"][1], scenes[1]["text"], set()
    for _ in range(5):
        seen.add(text)
        text = told("creator/rewrite_scene", **inputs, scene=scene, approved=[], text=text, feedback="Again.")

    assert len(seen) == 5


@pytest.mark.parametrize("words", [{"min": 300, "max": 400}, {"min": 600, "max": 800}])
def test_a_scene_is_brought_to_its_length(words):
    inputs, scenes = story(PROMPTS[0])
    given = inputs | {"words": words, "problems": ["its length is off"]}
    mended = told("creator/mend_scene", **given, scene=inputs["draft"]["scenes"][0], text=scenes[0]["text"])

    assert not length_problems(mended, words)


def test_what_a_person_wrote_is_only_polished():
    assert polish('teh keeper didnt   sleep ,she said "come in" ...\r\n\r\nthen then a owl') == (
        "The keeper didn’t sleep, she said “come in”…\n\nThen an owl."
    )
    whole = "“I won’t,” she said. It was late; nobody came."
    assert polish(whole) == whole


@pytest.mark.parametrize(
    ("feedback", "wish"),
    [
        ("Please tighten this", "shorter"),
        ("Flesh it out", "longer"),
        ("I would like some more conversation", "talk"),
        ("There is too much dialogue", "quiet"),
    ],
)
def test_feedback_is_made_out(feedback, wish):
    wishes = read_wishes(feedback)

    assert [name for name in ("shorter", "longer", "talk", "quiet") if getattr(wishes, name)] == [wish]


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(
    ("feedback", "said", "least"),
    [
        ("More rain.", r"\brain\b", 5),
        (
            "Let her be angrier.",
            r"anger|so hard that|out of h\w+ way|heel|patient|holding back|heat in|shook|voice|teeth",
            4,
        ),
        (
            "Make Ursula frightened.",
            r"pale|hands would not|looked round|afraid|attempts|counted the steps|breath",
            4,
        ),
    ],
)
def test_a_rewrite_follows_its_feedback_all_through_the_scene(feedback, said, least, number):
    before, after = rewritten(feedback, number)

    parts = [len(re.findall(said, part)) for part in (after[: len(after) // 2], after[len(after) // 2 :])]
    assert sum(parts) >= least + len(re.findall(said, before)) * (feedback != "More rain.")
    assert min(parts) > 0
    assert not length_problems(after, WORDS)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_an_ending_is_as_it_is_wished_for(number):
    before, happy = rewritten("Let it end happily.", number)
    _, sad = rewritten("A sad ending, please.", number)

    assert happy.split("\n\n")[0] == before.split("\n\n")[0]
    assert len({text.split("\n\n")[-1] for text in (before, happy, sad)}) == 3


def test_what_somebody_is_let_do_is_told():
    _, after = rewritten("Let Samuel find a brass key.")

    assert "Samuel found a brass key." in after


@pytest.mark.parametrize(
    ("feedback", "left"),
    [
        ("Shorter, and let it rain.", []),
        ("Please make it darker!", []),
        ("Let Samuel find a brass key.", []),
        ("Write it in the first person.", ["Write it in the first person"]),
        ("Less talk, and put it in the present tense.", ["put it in the present tense"]),
        ("Fix the pacing of the middle. More rain.", ["Fix the pacing of the middle"]),
    ],
)
def test_what_cannot_be_heeded_is_said(feedback, left):
    inputs, scenes = story(PROMPTS[0])
    asked = {
        "scene": inputs["draft"]["scenes"][1],
        "approved": [],
        "text": scenes[1]["text"],
        "feedback": feedback,
    }
    message = prompts.parse("creator/rewrite_scene", prompts.SHIPPED["creator/rewrite_scene"]).render(
        **inputs, **asked
    )

    said = Storyteller().invoke(message).response_metadata.get("remarks", [])
    assert said == [f"The offline storyteller cannot do this: “{one}”." for one in left]


@pytest.mark.parametrize(
    ("prompt", "strange", "said"),
    [
        (
            "A lighthouse keeper whose lamp answers",
            "lamp that answers",
            "there is a lighthouse keeper whose lamp answers",
        ),
        ("A door in the oven", "door in the oven", "there is a door in the oven"),
        ("The piano that plays only for liars", "piano", "the piano plays only for liars"),
        ("When the sea went out and did not come back", "sea", "the sea went out and did not come back"),
        ("A violin made of ice", "violin made of ice", "there is a violin made of ice"),
    ],
)
def test_what_is_strange_in_a_prompt_is_in_every_concept_and_in_the_scenes(prompt, strange, said):
    for concept in concepts_of(prompt):
        assert strange in concept["premise"]
        assert said in concept["premise"].lower()
    _, scenes = story(prompt)
    assert said in scenes[0]["text"].lower()
    assert all(strange.split()[0] in scene["text"] for scene in scenes)
