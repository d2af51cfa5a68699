"""The limits of the report.

Most come from the reference prose in `bench/prose`: the worst value found there, with a margin (see
`docs/quality-report.md`; `python -m bench.measure_prose` prints the table). The others are the rules of a
request or of an outline.
"""

REPEATED_4GRAMS = 0.05
DISTINCT_2GRAMS = 0.75
LONGEST_PARAGRAPH = 0.5
SENTENCE_RHYTHM = 0.3
SUMMARY_RATE = 4.0
STOCK_RATE = 1.0
MOST_DIALOGUE = 0.97
LEAST_DIALOGUE = 0.01
PHRASE_COUNT = 5
PHRASE_RATE = 1.5
SHARED_8GRAMS = 0.02
LIKENESS = 0.5
EDGE_WORDS = 25
SENTENCE_WORDS = 7

LENGTH_DRIFT = 2.0
FEWEST_CALLBACKS = 1
SYNOPSIS_SENTENCES = (2, 3)

# Person and tense of a passage of narration; what lies between is undecided and drifts nowhere.
FIRST_PERSON = 0.02
SECOND_PERSON = 0.1
NO_FIRST_PERSON = 0.005
THIRD_PERSON = 0.03
PRESENT_TENSE = 0.65
PAST_TENSE = 0.4
PASSAGE_WORDS = 100
