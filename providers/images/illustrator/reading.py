"""What a scene's words ask for: the place, the time, the weather, the mood, the things and the people in it."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from domain.media import PictureWanted

PLACES = {
    "room": "room office study desk kitchen bedroom parlour parlor library bookshop bookshelf books house home"
    " apartment flat hotel window armchair fireplace hearth table sofa cabin workshop laboratory lab museum"
    " archive diary letter lamplight tea cup bed hospital classroom school theatre shop-counter indoors inside",
    "hall": "hall corridor tunnel cave cavern cellar crypt vaulted dungeon station platform cathedral nave temple vault"
    " vaults mine underground catacomb subway metro hallway passage passageway archway arches basement sewer",
    "sea": "sea ocean wave waves ship boat sail sailing sailor deck harbour harbor port quay pier island lighthouse"
    " coast shore beach bay tide gull gulls fisherman rowing reef whale cliff cliffs keeper buoy wreck cove",
    "mountains": "mountain mountains peak peaks pass summit valley alps glacier crag ridge cliffside highland"
    " highlands climb avalanche dragon eagle gorge canyon lake",
    "forest": "forest wood woods woodland tree trees jungle grove glade clearing thicket fern moss oak pine pines"
    " birch roots undergrowth swamp marsh wolf deer",
    "fields": "field fields farm meadow hill hills countryside road lane path cottage orchard harvest wheat barn"
    " fence garden park village-green moor moors heath graveyard cemetery scarecrow windmill picnic prairie",
    "street": "street alley city town avenue pavement lamp lamppost cab taxi detective cobbles cobblestones cafe"
    " bistro shop shopfront bar club market paris london york berlin chicago boulevard traffic tram crime police"
    " gaslight neon doorway bridge square plaza",
    "rooftops": "roof roofs rooftop rooftops skyline chimney chimneys tower towers spire skyscraper balcony attic"
    " metropolis megacity",
    "village": "village hamlet inn tavern church chapel houses cottages mill smithy well steeple",
    "castle": "castle fortress palace keep tower wizard king queen throne knight knights battlement drawbridge ruin"
    " ruins kingdom citadel abbey",
    "desert": "desert dune dunes sand sands oasis caravan camel pyramid bedouin mesa cactus sahara wasteland",
    "space": "space spaceship starship orbit planet planets galaxy astronaut rocket asteroid moonbase mars lunar"
    " capsule spacecraft cosmos star-ship alien stars-hip nebula airlock cockpit",
}
TIMES = {
    "night": "night midnight moon moonlight moonlit stars starlight starlit dark darkness nocturnal lamp lamplight"
    " lantern candle candlelight gaslight neon evening-late",
    "dusk": "dusk sunset evening twilight sundown nightfall gloaming afterglow",
    "dawn": "dawn sunrise morning daybreak sunup early cockcrow",
    "day": "day noon midday afternoon sunlight sunlit sunny daylight bright summer",
}
WEATHERS = {
    "rain": "rain rainy raining drizzle wet downpour umbrella puddle puddles shower rainfall",
    "snow": "snow snowy snowing winter frost ice icy blizzard frozen snowflake snowflakes christmas",
    "fog": "fog foggy mist misty haze hazy smog smoke smoky steam",
    "storm": "storm stormy thunder lightning tempest gale hurricane thunderstorm squall",
    "cloudy": "cloud clouds cloudy overcast grey gray wind windy breeze",
}
MOODS = {
    "eerie": "eerie ghost ghostly haunted mysterious mystery strange uncanny horror fear dread creepy ominous spectral"
    " secret whisper unsettling",
    "sad": "sad grief mourning melancholy lonely loneliness sorrow wistful funeral regret tears somber sombre bleak"
    " loss quiet longing",
    "tense": "tense danger dangerous fire blood war battle chase murder threat angry fury suspense suspenseful dread"
    " desperate urgent violent noir",
    "joyful": "joyful joy happy warm cheerful hope hopeful love laughter festival party bright playful gentle cosy cozy"
    " tender triumphant whimsical peaceful serene",
}
THINGS = {
    "lighthouse": "lighthouse beacon keeper",
    "boat": "boat ship sail sailing sailor rowing vessel schooner fisherman ferry yacht",
    "house": "house cottage farm barn cabin hut inn mill",
    "church": "church chapel steeple spire",
    "castle": "castle fortress palace keep citadel ruin ruins abbey",
    "tree": "tree oak orchard apple",
    "birds": "bird birds crow crows raven ravens gull gulls eagle swallow swallows owl geese",
    "train": "train railway locomotive station platform rails",
    "lamp": "lamp lamppost lantern gaslight streetlight streetlamp",
    "fire": "fire fireplace hearth campfire bonfire stove flames",
    "books": "book books library bookshelf bookshop archive shelf shelves manuscript",
    "clock": "clock watch clockmaker hour hours pendulum",
    "piano": "piano music pianist melody song",
    "graves": "grave graves graveyard cemetery tomb tombstone",
    "ring": "ring rings ringed saturn",
    "windmill": "windmill mill",
    "lake": "lake pond reservoir tarn",
    "pyramid": "pyramid pyramids tomb pharaoh",
    "flowers": "flower flowers garden rose roses tulip blossom bouquet",
}
INDOORS = ("room", "hall")
_WORD = re.compile(r"[a-z]+")
# Snow that lies on a mountain does not fall.
_PEAK = re.compile(r"snow[y-]*(?: |-)?(?:capped |covered )?(?:peak|mountain|summit)s?")
_PROMPT, _SETTING, _TITLE = 1, 4, 2


@dataclass(frozen=True)
class Scene:
    """What is to be drawn. `people` are descriptions; `place` is a key of `PLACES`, and so on."""

    place: str
    time: str
    weather: str
    mood: str
    things: frozenset[str]
    people: tuple[str, ...]

    @property
    def indoors(self) -> bool:
        return self.place in INDOORS


def read(wanted: PictureWanted, *, chance: int) -> Scene:
    """Read a scene. What its words leave open, `chance` decides."""
    counts: Counter[str] = Counter()
    said = (
        (wanted.setting, _SETTING),
        (wanted.title, _TITLE),
        (wanted.prompt, _PROMPT),
        (wanted.mood, _SETTING),
    )
    for text, weight in said:
        for word in set(_WORD.findall(_PEAK.sub("peak", text.lower()))):
            counts[word] += weight
    place = strongest(counts, PLACES) or ("fields", "street", "room", "mountains", "rooftops")[chance % 5]
    time = strongest(counts, TIMES) or ("dusk", "day", "night", "dawn", "dusk", "day")[chance // 5 % 6]
    weather = strongest(counts, WEATHERS) or ("clear", "cloudy", "clear")[chance // 30 % 3]
    return Scene(
        place=place,
        time=time,
        weather=weather,
        mood=strongest(counts, MOODS) or "calm",
        things=frozenset(
            name for name, words in THINGS.items() if any(counts[word] for word in words.split())
        ),
        people=tuple(wanted.characters[:3]),
    )


def strongest(counts: Counter[str], kinds: Mapping[str, str]) -> str:
    """Return the kind that most of the words speak for, or nothing."""
    scores = {kind: sum(counts[word] for word in words.split()) for kind, words in kinds.items()}
    best = max(scores, key=lambda kind: scores[kind])
    return best if scores[best] else ""
