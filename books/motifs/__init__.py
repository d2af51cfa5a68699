"""The pictures on the covers, one motif a genre, each drawn as SVG from a seeded random generator."""

from collections.abc import Callable
from random import Random

from books.motifs.canvas import Picture

MOTIFS = ("noir", "mystery", "science fiction", "fantasy", "literary")
_NEAREST = {
    "noir": "noir hardboiled crime thriller detective gangster police heist spy espionage",
    "mystery": "mystery whodunit gothic horror ghost haunted suspense cosy cozy murder supernatural puzzle",
    "science fiction": "science sci scifi sf space cyberpunk future dystopia dystopian robot alien time solarpunk",
    "fantasy": "fantasy fairy tale fairytale myth mythic magic dragon legend epic adventure folk romantasy saga",
}
# The same in the other languages that books have words for
_ABROAD = {
    "noir": "krimi policier polar policíaca policíaco policiaca policial poliziesco giallo misdaad misdaadroman",
    "mystery": "grusel schauer mystère mysterie misterio mistero mistério terror horreur orrore 推理 怪談 ホラー",
    "science fiction": "ciencia fantascienza ficção sciencefiction zukunft サイエンスフィクション",
    "fantasy": "märchen conte fantastique fantasía fantasia fiaba cuento sprookje sage legende ファンタジー 幻想 童話",
}


def motif_of(genre: str) -> str:
    """Return the motif nearest to any word for a genre; what is not known is literary."""
    words = genre.lower().replace("-", " ").replace("/", " ").split()
    for motif, known in _NEAREST.items():
        if any(word in f"{known} {_ABROAD[motif]}".split() for word in words):
            return motif
    return "literary"


def draw(genre: str, rng: Random) -> Picture:
    """Draw the genre's motif."""
    from books.motifs import fantasy, literary, mystery, noir, science_fiction

    painters: dict[str, Callable[[Random], Picture]] = {
        "noir": noir.draw,
        "mystery": mystery.draw,
        "science fiction": science_fiction.draw,
        "fantasy": fantasy.draw,
        "literary": literary.draw,
    }
    return painters[motif_of(genre)](rng)
