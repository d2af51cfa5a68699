"""What code can tell of a text without a model: its words, its sentences, its repetitions and its names."""

from domain.text.checks import covers, is_degenerate, is_truncated, repeats
from domain.text.names import mixed_names, name_parts, near_misses
from domain.text.quotes import dialogue_share, find_sentence, fold, narration, stands_in
from domain.text.stemming import content_words, stems
from domain.text.tokens import count_words, ngrams, paragraphs, sentences, words

__all__ = [
    "content_words",
    "count_words",
    "covers",
    "dialogue_share",
    "find_sentence",
    "fold",
    "is_degenerate",
    "is_truncated",
    "mixed_names",
    "name_parts",
    "narration",
    "near_misses",
    "ngrams",
    "paragraphs",
    "repeats",
    "sentences",
    "stands_in",
    "stems",
    "words",
]
