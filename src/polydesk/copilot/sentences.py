"""Sentences of a paragraph, with what stands between them, so that joined again they are the paragraph."""

from __future__ import annotations

import re

_BORDER = re.compile(r"(?<=[.!?\u2026])([\"'\u201d\u2019)\]]*)(\s+)(?=[\"'\u201c\u2018(\[]*[A-Z0-9\u00c0-\u00de])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nos|Fig|Figs|Eq|Sec|Ch|vol|pp|p|cf|vs|etc|approx|ca|e\.g|i\.e|resp|Inc|Ltd|Co|Corp)"
    r"|\b[A-Z])\.$"
)


def split_sentences(text: str) -> list[str]:
    """Sentences and the white space after each, alternating: an odd number of pieces, the first a sentence."""
    pieces: list[str] = []
    start = 0
    for border in _BORDER.finditer(text):
        sentence = text[start : border.end(1)]
        if _ABBREVIATION.search(sentence):
            continue
        pieces += [sentence, border.group(2)]
        start = border.end()
    return [*pieces, text[start:]]
