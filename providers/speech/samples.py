"""What a narrator sounds like: a few words of ours, spoken once and kept in the object store."""

import re

from domain.languages import base
from providers.objects import Objects
from providers.speech import Speech

WORDS = (
    "Once upon a time, at the edge of the sea, there was a house in which nobody had lit the lamp for a hundred years. "
    "Tonight, somebody did."
)
IN_LANGUAGES = {
    "de": "Es war einmal, am Rande des Meeres, ein Haus, in dem seit hundert Jahren niemand Licht gemacht hatte. "
    "Heute Nacht brannte die Lampe.",
    "fr": "Il était une fois, au bord de la mer, une maison où personne n’avait allumé la lampe depuis cent ans. "
    "Cette nuit, quelqu’un l’alluma.",
    "es": "Érase una vez, a la orilla del mar, una casa en la que nadie había encendido la lámpara en cien años. "
    "Esta noche, alguien lo hizo.",
    "it": "C’era una volta, in riva al mare, una casa in cui da cento anni nessuno accendeva la lampada. "
    "Quella notte qualcuno lo fece.",
    "pt": "Era uma vez, à beira do mar, uma casa em que há cem anos ninguém acendia a lâmpada. "
    "Esta noite, alguém a acendeu.",
    "nl": "Er was eens, aan de rand van de zee, een huis waarin al honderd jaar niemand de lamp had aangestoken. "
    "Vannacht deed iemand het.",
    "ja": "むかし、うみのそばに、ひゃくねんものあいだ、だれもあかりをともさないいえがありました。"
    "こんや、だれかがともしました。",
}
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


async def sample(speech: Speech, voice_id: str, store: Objects) -> str:
    """Return the key of a narrator's sample, which is made when it is first asked for. Raises `MediaFailed`."""
    key = f"samples/{fit(speech.name)}/{fit(voice_id)}.mp3"
    if not await store.exists(key):
        said = IN_LANGUAGES.get(base(voice_id), WORDS) if not speech.outside else WORDS
        await store.put(key, (await speech.speak(said, voice_id)).data, "audio/mpeg")
    return key


def fit(name: str) -> str:
    return _UNFIT.sub("-", name).strip("-.") or "narrator"
