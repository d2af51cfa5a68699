"""The phrases that tell instead of show, and the ones that everybody has read before."""

import re

_SPAN = r"(?:days|weeks|months|years|seasons|winters|summers)"

# Time gone by in a clause: what a summary is made of.
SUMMARY = re.compile(
    r"\b(?:"
    + "|".join(
        (
            rf"(?:over|in|during|through|for) (?:the )?(?:following|next|coming|many|several) {_SPAN}",
            rf"the {_SPAN} (?:that followed|passed|went by|rolled|wore on|turned)",
            rf"as (?:the )?{_SPAN} (?:passed|went|turned|rolled|wore)",
            rf"{_SPAN} (?:passed|went by|later|rolled by|turned into)",
            rf"(?:after|some|a few) (?:more |many |several )?{_SPAN} (?:of|passed|together|they|he|she)",
            r"eventually|gradually|ultimately|in due course|in the end|before long|over time|as time",
            r"time and again|from then on|from that day|from that moment|little by little",
            r"(?:he|she|they) (?:learned to|learned that|discovered that|reali[sz]ed that)",
            r"(?:he|she|they) (?:came|grew) to (?:understand|know|see|believe|accept|love|trust|respect)",
        )
    )
    + r")\b"
)

STOCK = re.compile(
    r"\b(?:"
    + "|".join(
        (
            r"a testament to|a symphony of|a tapestry of|like a moth to|the weight of the world",
            r"couldn't help but|barely above a whisper|little did (?:she|he|they|i) know",
            r"sen[dt] (?:a )?shivers? down|for what felt like an eternity|time (?:seemed to stand|stood) still",
            r"a breath (?:she|he|they|i) (?:had not|hadn't|didn't)(?: \w+)? (?:known|know|reali[sz]ed?)",
            r"the air (?:was|grew|is) thick with|hung (?:heavy|thick) in the air|a mixture of \w+ and \w+",
            r"hearts? (?:hammer|pound|thunder)(?:ed|ing|s)? in|a mix of \w+ and \w+",
            r"eyes (?:sparkl|glint|gleam|glisten|twinkl)(?:ed|ing) with",
            r"steel(?:ed|ing) (?:herself|himself|themselves)|a sense of \w+ wash(?:ed|ing) over",
        )
    )
    + r")\b"
)
