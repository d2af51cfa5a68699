"""What a scene's words ask for: the place, the time, the weather, the mood, the things and the people in it."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from domain.media import PictureWanted

PLACES = {
    "room": "room office study desk kitchen bedroom parlour parlor library bookshop bookshelf"
    " books house home"
    " apartment flat hotel window armchair fireplace hearth table sofa cabin workshop laboratory lab museum"
    "archive diary letter lamplight tea cup bed hospital classroom school theatre shop-counter"
    " indoors inside buffet sickroom conservatory ballroom mess registry vestry boathouse shed pawnshop diner"
    " bus landing boiler ward saloon lounge",
    "hall": "hall corridor tunnel cave cavern cellar crypt vaulted dungeon station platform"
    " cathedral nave temple vault"
    "vaults mine underground catacomb subway metro hallway passageway docks crawlway bay"
    " archway arches basement sewer gallery tier",
    "sea": "sea ocean wave waves ship boat sail sailing sailor deck harbour harbor port quay"
    " pier island lighthouse"
    " coast shore beach bay tide gull gulls fisherman rowing reef whale cliff cliffs keeper buoy wreck cove",
    "mountains": "mountain mountains peak peaks pass summit valley alps glacier crag ridge cliffside highland"
    " highlands climb avalanche dragon eagle gorge canyon lake",
    "forest": "forest wood woods woodland tree trees jungle grove glade clearing thicket fern"
    " moss oak pine pines"
    " birch roots undergrowth swamp marsh wolf deer",
    "fields": "field fields farm meadow hill hills countryside road lane path cottage orchard"
    " harvest wheat barn"
    "fence garden park lawn terrace croquet moor moors heath graveyard cemetery scarecrow"
    " windmill picnic prairie steps allotment ford",
    "street": "street alley city town avenue pavement lamp lamppost cab taxi detective cobbles"
    " cobblestones cafe"
    " bistro shop shopfront bar club market paris london york berlin chicago boulevard traffic"
    " tram crime police"
    " gaslight neon doorway bridge square plaza",
    "rooftops": "roof roofs rooftop rooftops skyline chimney chimneys tower towers spire"
    " skyscraper balcony attic"
    " metropolis megacity",
    "village": "village hamlet inn tavern church chapel houses cottages mill smithy well steeple",
    "castle": "castle fortress palace keep tower wizard king queen throne knight knights"
    " battlement drawbridge ruin"
    " ruins kingdom citadel abbey",
    "desert": "desert dune dunes sand sands oasis caravan camel pyramid bedouin mesa cactus sahara wasteland",
    "space": "space spaceship starship orbit planet planets galaxy astronaut rocket asteroid"
    " moonbase mars lunar"
    " capsule spacecraft cosmos star-ship alien stars-hip nebula airlock cockpit",
}
TIMES = {
    "night": "night midnight moon moonlight moonlit stars starlight starlit dark darkness"
    " nocturnal lamp lamplight"
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
    "eerie": "eerie ghost ghostly haunted mysterious mystery strange uncanny uneasy wary"
    " watchful searching horror fear dread creepy ominous spectral"
    " secret whisper unsettling",
    "sad": "sad grief mourning melancholy lonely loneliness sorrow wistful funeral regret"
    " tears somber sombre bleak"
    " loss quiet longing tired hushed",
    "tense": "tense shock broken harshly danger dangerous fire blood war battle chase murder"
    " threat angry fury suspense suspenseful dread"
    " desperate urgent violent noir",
    "joyful": "joyful joy happy warm cheerful hope hopeful love laughter festival party bright"
    " playful gentle cosy cozy"
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
    "counter": "bar kitchen buffet tavern inn cafe bistro shop market bakery pub counter stove",
    "bed": "bed bedroom sickroom hospital ward infirmary",
    "files": "records morgue archive bank office notary police registry files laboratory lab",
    "bench": "waiting practice classroom school court theatre ballroom",
    "clock": "clock watch clockmaker hour hours pendulum",
    "piano": "piano music pianist melody song",
    "graves": "grave graves graveyard cemetery tomb tombstone",
    "orbit": "orbit orbiting airlock spaceship starship spacecraft hydroponics crawlway halcyon ion meteor"
    " spacesuit capsule quarantine observation pods bulkhead bulkheads eclipse solar",
    "ring": "ring rings ringed saturn",
    "windmill": "windmill mill",
    "lake": "lake pond reservoir tarn",
    "pyramid": "pyramid pyramids tomb pharaoh",
    "flowers": "flower flowers garden rose roses tulip blossom bouquet",
}
# Where "in the" says that the scene is under a roof, and what it is then drawn as.
ROOFED = (
    "bar cafe bistro shop bookshop club market inn tavern church chapel castle keep palace tower buffet mill"
)
INSIDE = {"street": "room", "village": "room", "castle": "hall", "rooftops": "room"}
# What only the setting can put into a room.
FITTINGS = ("counter", "bed", "files", "bench", "books", "fire", "piano")
INDOORS = ("room", "hall")
_WORD = re.compile(r"[a-z]+")
# Snow that lies on a mountain does not fall.
_PEAK = re.compile(r"snow[y-]*(?: |-)?(?:capped |covered )?(?:peak|mountain|summit)s?")
# "In the office in Paris": the office counts, Paris less.
_FIRST = re.compile(r"^(?:in|on|at|by|inside|under|near|beside) ", re.IGNORECASE)
_BEYOND = re.compile(r" (?:in|of|at|below|above|under|near|beside|off|by) ", re.IGNORECASE)
_PROMPT, _TITLE, _DETAIL, _SETTING, _WHERE = 1, 2, 3, 4, 8


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
    where, _, rest = wanted.setting.partition(",")
    when, _, detail = rest.partition(":")
    head, _, beyond = _BEYOND.sub("|", _FIRST.sub("", where), count=1).partition("|")
    told = [(head, _WHERE), (beyond, _DETAIL), (when, _SETTING), (detail, _DETAIL)]
    told += [(wanted.title, _TITLE), (wanted.prompt, _PROMPT)]
    counts = counted(told)
    here = counted(told[:4])
    things = {name for name, words in THINGS.items() if any(counts[word] for word in words.split())}
    things -= {name for name in FITTINGS if not any(here[word] for word in THINGS[name].split())}
    place = strongest(counts, PLACES) or ("fields", "street", "room", "mountains", "rooftops")[chance % 5]
    if where.lower().startswith(("in the ", "inside ", "in a ", "at the ")):
        place = INSIDE.get(place, place) if counted([(where, 1)]).keys() & set(ROOFED.split()) else place
    if "orbit" in things and place not in ("space", *INDOORS):
        place = "room"
    weather = strongest(counts, WEATHERS) or ("clear", "cloudy", "clear")[chance // 30 % 3]
    return Scene(
        place=place,
        time=strongest(counts, TIMES) or ("dusk", "day", "night", "dawn", "dusk", "day")[chance // 5 % 6],
        weather="clear" if "orbit" in things else weather,
        mood=strongest(counted([(wanted.mood, _WHERE), *told]), MOODS) or "calm",
        things=frozenset(things),
        people=tuple(wanted.characters[:3]),
    )


def counted(told: list[tuple[str, int]]) -> Counter[str]:
    """Return the weights of the words of texts, each text with its own."""
    counts: Counter[str] = Counter()
    for text, weight in told:
        plain = _PEAK.sub("peak", text.lower().replace("first light", "dawn").replace("sea mist", "mist"))
        for word in set(_WORD.findall(plain)):
            counts[word] += weight
    return counts


def strongest(counts: Counter[str], kinds: Mapping[str, str]) -> str:
    """Return the kind that most of the words speak for, or nothing."""
    scores = {kind: sum(counts[word] for word in words.split()) for kind, words in kinds.items()}
    best = max(scores, key=lambda kind: scores[kind])
    return best if scores[best] else ""
