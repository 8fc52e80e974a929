"""A model's text made to stand where the old text stood: its white space, quotation marks and ending."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

_QUOTES = str.maketrans({"'": "\u2019"})
_ENDING = re.compile(r"[.!?:;,\u2026\u3002\uff01\uff1f\uff1a]*$")
_OPENING = {"\u201c": "\u201d", "\u201e": "\u201c", "\u00ab": "\u00bb", '"': '"'}
_WORD = re.compile(r"\w+")
_STEM = 4
_FEWEST_STEMS = 4
_SHARED = 0.15
"""A rewriting shares more of its longer words than this with what it rewrites, even a very formal one."""
_LONG = 5
_ALIKE = 0.7
"""Share of letters in common, as in `budgett` and `budget`."""
_SYMBOL = re.compile(r"[{}();=<>*+\[\]|\\_]")
_SYMBOLS_OF_CODE = 0.06
"""Share of such signs above which a line is taken to be code or a formula."""
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FEWEST_WORDS = 4
"""Shorter texts (labels, figures in table cells) are not worth a question and are easily spoilt."""
_CHARACTERS_PER_WORD = 2
"""Of scripts that write no spaces."""


def fitted(new: str, old: str) -> str:
    """`new` without what small models add: other white space around it, quotation marks, a full stop.

    The white space around `old` stays, so do its curly apostrophes; a text that ended with no full stop, or with a
    colon, ends so again.
    """
    text = " ".join(new.split()) if "\n" not in old and "\t" not in old else new.strip()
    if text[:1] in '"\u201c' and text[-1:] in '"\u201d' and old.strip()[:1] not in '"\u201c':
        text = text[1:-1]
    if "\u2019" in old and "'" not in old:
        text = text.translate(_QUOTES)
    core = old.strip()
    ending = _ending(core)
    if ending in ("", ":") and _ending(text) in (".", ":", ""):
        text = _ENDING.sub("", text) + ending
    begin = len(old) - len(old.lstrip())
    return old[:begin] + text + old[begin + len(core) :]


def is_something_else(new: str, sources: Iterable[str]) -> bool:
    """Whether hardly a word of `new` stands in the texts that it comes from, endings aside; short texts are let be."""
    stems = _stems(new)
    known = {stem for source in sources for stem in _stems(source)}
    return len(stems) >= _FEWEST_STEMS and len(stems & known) < _SHARED * len(stems)


def dropped_words(old: str, new: str) -> list[str]:
    """The longer words of `old` of which `new` has no spelling that is at all alike: a correction drops none."""
    kept = _WORD.findall(new.lower())
    words = [word for word in _WORD.findall(old) if len(word) >= _LONG]
    return [word for word in words if not get_close_matches(word.lower(), kept, n=1, cutoff=_ALIKE)]


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.lower()) if len(word) >= _STEM}


def is_quotation(text: str) -> bool:
    """Whether `text` is somebody's words from end to end, or a part of a longer quotation."""
    core = text.strip()
    if core.count("\u201c") != core.count("\u201d") and "\u201e" not in core:
        return True
    return len(core) > 1 and core[0] in _OPENING and core.rstrip(".,;")[-1:] == _OPENING[core[0]] and _is_one(core)


def _is_one(text: str) -> bool:
    """Whether the quotation that `text` begins with ends at its end alone."""
    return text.rstrip(".,;").find(_OPENING[text[0]], 1) == len(text.rstrip(".,;")) - 1


def is_prose(text: str, *, any_length: bool = False) -> bool:
    """Whether `text` has enough words to be rewritten, or with `any_length` any word, and is not code or a formula."""
    symbols = len(_SYMBOL.findall(text))
    if symbols > 1 and symbols > _SYMBOLS_OF_CODE * len(text.strip()):
        return False
    words = sum(1 for word in text.split() if any(character.isalpha() for character in word))
    words += len(_CJK.findall(text)) // _CHARACTERS_PER_WORD
    return words >= (1 if any_length else _FEWEST_WORDS)


def _ending(text: str) -> str:
    found = _ENDING.search(text)
    return found.group() if found else ""
