"""Sentences of a paragraph, with what stands between them, so that joined again they are the paragraph."""

from __future__ import annotations

import re

_CLOSING = "[\"'\\u201d\\u2019\\u00bb)\\]]*"
_BORDER = re.compile(
    rf"(?<=[.!?\u2026])({_CLOSING})(\s+)(?=[\"'\u201c\u2018\u00ab\u201e(\[]*(?P<next>[^\W_]))"
    r"|(?<=[\u3002\uff01\uff1f])([\u201d\u2019\u300d\u300f\uff09]*)(\s*)(?=\S)"
)
"""Between sentences: a full stop, white space and a capital or digit; a Chinese or Japanese full stop alone."""
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|cf|vs|approx|ca|e\.g|i\.e|resp|Co|bzw|Hr|Fr|Mme|Sr|Sra)"
    r"|\b[^\W\d_]|(?<![\w.,])\d{1,2})\.$"
)
"""Full stops that end no sentence: abbreviations, initials, and ordinals such as the German `3. Mai`."""
_NUMBERED = re.compile(r"\b(?:Nos?|Figs?|Eq|Sec|Ch|[Vv]ol|pp|Nr|Abs|Art|Mio|Mrd)\.$")
"""Those that end no sentence when a number follows."""


def split_sentences(text: str) -> list[str]:
    """Sentences and the white space after each, alternating: an odd number of pieces, the first a sentence."""
    pieces: list[str] = []
    start = 0
    for border in _BORDER.finditer(text):
        closing, space = (1, 2) if border["next"] is not None else (4, 5)
        sentence = text[start : border.end(closing)]
        if border["next"] is not None and not _is_end(sentence, border["next"]):
            continue
        pieces += [sentence, border.group(space)]
        start = border.end()
    return [*pieces, text[start:]]


def _is_end(sentence: str, following: str) -> bool:
    """Whether `sentence` ends before the character `following`; scripts without capitals may begin with any letter."""
    if _ABBREVIATION.search(sentence) or (following.isdigit() and _NUMBERED.search(sentence)):
        return False
    return following.isupper() or following.isdigit() or following.lower() == following.upper()
