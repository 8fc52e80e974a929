"""Numbers, names and addresses in a text, and which of them a rewriting has lost or invented."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from polydesk.copilot.quantities import counts, lost_hedges, mentions, readings, spelled, with_numbers

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019&-][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['\u2019]s?$")
_SENTENCE_END = re.compile(r"[.!?:;\u2026\n\t\u2022]\s*[\"'\u201c\u2018(\[]*\s*$")
_CAPITALISED_LANGUAGE = 0.35
"""Above this share of capitals inside sentences (German nouns), a capital says nothing about names."""
_QUOTATION = re.compile(
    r"\u201c([^\u201c\u201d]+)\u201d|\u201e([^\u201e\u201c]+)\u201c|\u00ab([^\u00ab\u00bb]+)\u00bb|\"([^\"]+)\""
)
_FEWEST_QUOTED_WORDS = 4
"""Shorter quotations are terms and titles rather than what somebody said."""
_ADDRESS = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:)[^\s<>\"\u201d]+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w@.-])(?:[a-z0-9-]+\.)+"
    r"(?:com|org|net|edu|gov|info|biz|io|co|ai|app|dev|uk|us|de|fr|eu|ch|at|es|it|nl|cn|ru|xyz|top|site|online)\b"
    r"(?:/[^\s<>\"\u201d]*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Facts that two texts do not share, in the words of the text that has them."""

    lost: tuple[str, ...]
    invented: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.lost or self.invented)

    def sentence(self) -> str:
        """The difference as a sentence for a reader or a model; empty when there is none."""
        pieces = [f"the text leaves out {', '.join(self.lost)}, which must stay"] if self.lost else []
        pieces += [f"the text adds {', '.join(self.invented)}, which must not come"] if self.invented else []
        return "; ".join(pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The facts that some texts hold, gathered once to be asked often."""

    texts: tuple[str, ...] = ()
    addresses: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    """Readings of the numbers, those written in words included."""
    words: frozenset[str] = frozenset()

    def __or__(self, other: Held) -> Held:
        """What either holds."""
        return Held(
            texts=self.texts + other.texts,
            addresses=self.addresses | other.addresses,
            numbers=self.numbers | other.numbers,
            words=self.words | other.words,
        )


_NOTHING = Held()


def held(texts: Iterable[str]) -> Held:
    """The facts that `texts` hold."""
    texts = tuple(texts)
    digits = {reading for text in texts for number in numbers(text) for reading in readings(number)}
    return Held(
        texts=texts,
        addresses=frozenset(address.lower() for text in texts for address in addresses(text)),
        numbers=frozenset(digits.union(*(spelled(text) for text in texts))),
        words=frozenset(_bare(word) for text in texts for word in _WORD.findall(text)),
    )


def difference(old: str, new: str, *, known: Held = _NOTHING, asked: str = "", with_names: bool = True) -> Difference:
    """What `new` lost of the facts of `old`, and what it states that neither `old` nor `known` holds.

    A number counts as kept when it is written otherwise (`1,200` and `1200`, `three` and `3`). `asked` is the
    instruction: what it mentions may go and may come. Without `with_names` only digits and addresses are compared, as
    for a translation.
    """
    said = [*_lost_quotations(old, new), *lost_hedges(old, new)] if with_names else []
    return Difference(
        lost=(*ungrounded(old, held([new, asked]), with_names=with_names), *said),
        invented=tuple(ungrounded(new, held([old, asked]) | known, with_names=with_names)),
    )


def ungrounded(text: str, sources: Held, *, with_names: bool = False) -> list[str]:
    """Numbers and addresses of `text`, and names if asked, that no source holds, as `text` writes them."""
    found = [address for address in addresses(text) if address.lower() not in sources.addresses]
    counted = counts(text) if with_names else []
    found += [number for number in [*numbers(text), *counted] if not readings(number) & sources.numbers]
    if with_names:
        strange = [name for name in names(text) if _bare(name) not in sources.words]
        found += [name for name in strange if not _is_inside(name, sources.texts)]
    return found


def must_stay(text: str, *, with_names: bool = True) -> list[str]:
    """The facts of `text` as phrases, numbers with their units, for a model to keep in sight."""
    addresses = [(match.start(), _trimmed(match.group())) for match in _ADDRESS.finditer(text)]
    bare = without_addresses(text)
    named = [(bare.index(shown), shown) for shown in (names(text) if with_names else ())]
    return list(dict.fromkeys(phrase for _, phrase in sorted([*with_numbers(bare), *named, *addresses])))


def numbers(text: str) -> list[str]:
    """The numbers of `text`, each once, as written; those inside addresses are not numbers."""
    return list(dict.fromkeys(mentions(without_addresses(text))))


def addresses(text: str) -> list[str]:
    """Web and mail addresses of `text`, each once, as written."""
    return list(dict.fromkeys(_trimmed(match.group()) for match in _ADDRESS.finditer(text)))


def names(text: str) -> list[str]:
    """Words of `text` that look like names: capitals inside a sentence, and abbreviations in capitals.

    Where most nouns have capitals, as in German, only abbreviations are told apart from other words.
    """
    text = without_addresses(text)
    inside = [match for match in _WORD.finditer(text) if not _begins_sentence(text, match.start())]
    capitals = [match.group() for match in inside if match.group()[0].isupper()]
    if len(inside) >= 8 and len(capitals) > _CAPITALISED_LANGUAGE * len(inside):
        capitals = [word for word in capitals if len(word) > 1 and word.isupper()]
    return list(dict.fromkeys(_POSSESSIVE.sub("", word) for word in capitals if word != "I"))


def _lost_quotations(old: str, new: str) -> list[str]:
    """What `old` quotes and `new` does not, word for word: nobody's words may be changed in their mouth."""
    found = ["".join(match.groups("")).strip() for match in _QUOTATION.finditer(old)]
    kept = " ".join(new.split())
    return [
        f"\u201c{said}\u201d"
        for said in found
        if len(said.split()) >= _FEWEST_QUOTED_WORDS and " ".join(said.split()).rstrip(".,") not in kept
    ]


def _is_inside(name: str, sources: Iterable[str]) -> bool:
    """Whether a hyphenated name stands in a source in pieces, or a piece of it as the whole."""
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", source, re.IGNORECASE) for source in sources)


def _bare(word: str) -> str:
    return _POSSESSIVE.sub("", word).lower()


def without_addresses(text: str) -> str:
    """The text with blanks in place of addresses, so that offsets stay."""
    return _ADDRESS.sub(lambda match: " " * len(match.group()), text)


def _trimmed(address: str) -> str:
    return address.rstrip(".,;:!?)]'\u2019")


def _begins_sentence(text: str, position: int) -> bool:
    before = text[:position]
    return not before.strip(" \"'\u201c\u2018([") or _SENTENCE_END.search(before) is not None
