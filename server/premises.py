"""Premises for whoever has none."""

PREMISES = (
    "A detective in 1920s Paris discovers that the gargoyles come alive at night.",
    "The last lighthouse keeper on a drowned coast receives a letter from a ship that sank before she was born.",
    "In a town where nobody can lie on Sundays, the clockmaker's apprentice finds a second calendar.",
    "A cartographer is hired to map a house whose rooms are counted anew every winter.",
    "On a mining station behind Saturn, the ship's cook hears a voice in the ice that knows his recipes.",
    "Two sisters inherit a bookshop and a locked drawer that their aunt forbade them to open in daylight.",
    "The bell of a mountain village rings for every death, and one morning it rings for somebody still alive.",
)
