"""The offline illustrator: what it reads in a scene, and what it draws of it."""

import asyncio
import contextlib
import re
from dataclasses import replace
from io import BytesIO
from itertools import product
from xml.etree import ElementTree

import pytest
from PIL import Image

from domain.media import Picture, PictureWanted
from providers import images
from providers.images.illustrator import PLACES, svg
from providers.images.illustrator.figures import features_of
from providers.images.illustrator.palette import FAMILIES, colours_of
from providers.images.illustrator.reading import MOODS, TIMES, WEATHERS, read

MARA = "Mara, a young woman in a red coat with a lantern"
WANTED = PictureWanted(
    scene_id="s1",
    title="The Fog Answers",
    prompt="Mara listens at the foot of the lighthouse.",
    setting="A lighthouse on a headland, foggy night",
    characters=[MARA, "the old keeper"],
    mood="eerie",
    seed=7,
)


@pytest.mark.parametrize(
    ("setting", "place", "time", "weather"),
    [
        ("A lighthouse on a headland, foggy night", "sea", "night", "fog"),
        ("Rainy street in 1920s Paris after midnight", "street", "night", "rain"),
        ("Victorian detective office, foggy night", "room", "night", "fog"),
        ("A snowy village at dusk", "village", "dusk", "snow"),
        ("A crypt under the church", "hall", "", ""),
        ("A moonbase under a ringed planet", "space", "", ""),
        ("A mountain lake below snow peaks at sunset", "mountains", "dusk", ""),
        ("Dunes at noon", "desert", "day", ""),
        (
            "In the law office in Paris, at nightfall, in the downpour: a leather couch",
            "room",
            "dusk",
            "rain",
        ),
        ("In the back bar of the Alcazar in Paris, in the first light, in the fog", "room", "dawn", "fog"),
        ("On the lawn below the terrace, at dusk, in the sea mist: croquet hoops", "fields", "dusk", "fog"),
        ("Deep in the pine forest at dawn, thunder", "forest", "dawn", "storm"),
        (
            "On the observation deck in Tethys Deep, in the first light, in the meteor haze",
            "room",
            "dawn",
            "",
        ),
        (
            "On the back steps in Marrow Bay, at dusk, in the rain: a line of washing",
            "fields",
            "dusk",
            "rain",
        ),
    ],
)
def test_the_words_of_a_setting_decide(setting: str, place: str, time: str, weather: str) -> None:
    scene = read(PictureWanted(scene_id="s", setting=setting), chance=3)

    assert scene.place == place
    assert time in ("", scene.time)
    assert weather in ("", scene.weather)
    assert weather != "" or scene.weather != "snow"


async def test_a_scene_is_drawn_as_a_wide_picture() -> None:
    (drawn,) = await images.get("offline:illustrator").draw([WANTED])

    assert isinstance(drawn, Picture)
    assert (drawn.media_type, drawn.width, drawn.height) == ("image/png", 1536, 864)
    with Image.open(BytesIO(drawn.data)) as image:
        assert (image.format, image.size) == ("PNG", (1536, 864))
        assert len(set(image.convert("RGB").resize((64, 36)).tobytes())) > 60


async def test_everything_else_goes_on_while_a_picture_is_drawn() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    ticking = asyncio.create_task(tick())
    crowded = replace(WANTED, setting="A snowy village at dusk")
    (drawn,) = await images.get("offline:illustrator").draw([crowded])
    ticking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await ticking

    assert isinstance(drawn, Picture)
    assert ticks > 60


@pytest.mark.parametrize(("shape", "size"), [("1:1", (864, 864)), ("9:16", (486, 864))])
async def test_other_shapes_are_cut_from_the_middle(shape: str, size: tuple[int, int]) -> None:
    (drawn,) = await images.get("offline:illustrator").draw([replace(WANTED, aspect_ratio=shape)])

    assert isinstance(drawn, Picture)
    assert (drawn.width, drawn.height) == size


def test_the_same_scene_gives_the_same_picture_and_no_other_does() -> None:
    others = [replace(WANTED, scene_id="s2"), replace(WANTED, seed=8), replace(WANTED, title="Another night")]

    assert svg(WANTED) == svg(replace(WANTED))
    assert len({svg(WANTED), *(svg(each) for each in others)}) == 4


def test_scenes_of_one_story_keep_one_family_of_colours() -> None:
    scene = read(WANTED, chance=0)

    assert colours_of(scene, 7) == colours_of(scene, 7 + len(FAMILIES)) != colours_of(scene, 8)


def test_a_description_gives_the_same_figure_wherever_it_stands() -> None:
    mara, elsewhere = features_of(MARA), features_of(f" {MARA} ")

    assert mara == elsewhere
    assert (mara.carries, mara.dress, mara.coat) == ("lantern", "coat", "#b5352c")


@pytest.mark.parametrize(
    ("description", "feature", "value"),
    [
        ("a tall wizard with a staff", "hat", "pointed"),
        ("a girl of eight", "tall", 0.64),
        ("the knight", "hat", "helm"),
        ("a hooded stranger", "dress", "cloak"),
        ("Detective Moreau in a fedora", "hat", "fedora"),
        ("an old man", "locks", "#c9c6c0"),
        ("A man with cropped black hair, in a navy coat with brass buttons", "coat", "#24406e"),
        ("A man with cropped black hair, in a navy coat with brass buttons", "locks", "#1c1a20"),
        ("a woman in a yellow dress", "dress", "gown"),
    ],
)
def test_what_a_description_says_is_seen(description: str, feature: str, value: object) -> None:
    found = getattr(features_of(description), feature)

    assert found == (pytest.approx(value, rel=0.06) if isinstance(value, float) else value)


def test_every_place_can_be_drawn_at_every_time_in_every_weather() -> None:
    for place, time, weather in product(PLACES, TIMES, [*WEATHERS, "clear"]):
        setting = f"{place} {place} {place} {time} {weather}"
        drawn = svg(PictureWanted(scene_id="s", setting=setting, characters=["a man", "a woman", "a girl"]))
        ElementTree.fromstring(drawn)
        assert "nan" not in drawn


@pytest.mark.parametrize(
    "room", ["the bar", "a sickroom", "the records room", "the waiting room", "the library", "the bridge"]
)
def test_rooms_are_furnished_with_what_they_are_for(room: str) -> None:
    wanted = PictureWanted(
        scene_id="s", setting=f"In {room}, a fireplace, a piano, a clock, in orbit, at night"
    )
    for setting in (wanted.setting, f"In {room}, at night"):
        ElementTree.fromstring(svg(replace(wanted, setting=setting)))


@pytest.mark.parametrize("mood", [*MOODS, "calm"])
def test_every_mood_has_colours(mood: str) -> None:
    colours = colours_of(read(replace(WANTED, mood=mood), chance=0), 0)

    assert all(re.fullmatch("#[0-9a-f]{6}", tone) for tone in vars(colours).values())


def test_words_are_never_markup() -> None:
    nasty = '"/><script>alert(1)</script><image href="file:///etc/passwd"/>'
    drawn = svg(
        PictureWanted(
            scene_id=nasty, title=nasty, prompt=nasty, setting=nasty, characters=[nasty], mood=nasty
        )
    )

    assert "script" not in drawn
    assert "passwd" not in drawn
