"""What code can tell of a text without a model: its words, its sentences, its repetitions and its names."""

from domain.text.checks import covers, is_degenerate, is_truncated, repeats
from domain.text.comparison import changed, compare
from domain.text.names import is_named, mixed_names, name_parts, near_misses
from domain.text.quotes import dialogue_share, find_sentence, fold, narration, stands_in
from domain.text.stemming import content_words, stems
from domain.text.tokens import count_words, has_stops, ngrams, paragraphs, sentences, signs_a_word, words

__all__ = [
    "changed",
    "compare",
    "content_words",
    "count_words",
    "covers",
    "dialogue_share",
    "find_sentence",
    "fold",
    "has_stops",
    "is_degenerate",
    "is_named",
    "is_truncated",
    "mixed_names",
    "name_parts",
    "narration",
    "near_misses",
    "ngrams",
    "paragraphs",
    "repeats",
    "sentences",
    "signs_a_word",
    "stands_in",
    "stems",
    "words",
]
