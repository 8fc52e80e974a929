"""Where a second model's words meet those of the first: nothing twice, and nothing lost.

A model that takes over is shown what was already said. One that goes on from a prefilled message writes just the rest.
One that is told in words to go on is asked to begin with the last words said, the `anchor`, so that the seam can be
found for certain; some leave them out, some repeat more, and some begin again from the start.
"""

from __future__ import annotations

ANCHOR_CHARACTERS = 48
"""About eight words: too long to come up by chance, short enough to be repeated without a slip."""
MIN_OVERLAP = 16
"""A shorter repetition that was not asked for is taken for chance, as in tables or indented text."""
MAX_OVERLAP = 400
RESTART_CHARACTERS = 32
"""After so many characters alike, an answer that begins like the first is taken for one that starts over."""


class SeamError(Exception):
    """The second model starts over, and says something else than what was already given away."""


def anchor_of(said: str) -> str:
    """The last words of `said`, from the beginning of a word where there is one."""
    if len(said) <= ANCHOR_CHARACTERS:
        return said.lstrip()
    tail = said[-ANCHOR_CHARACTERS:]
    _, space, rest = tail.partition(" ")
    return rest.lstrip() if space and len(rest.strip()) >= MIN_OVERLAP else tail.lstrip()


class Seam:
    """Fits the text of a continuation to what was `said`.

    `prefilled` is the part of `said` that the model goes on from; `anchor` what it was asked to repeat, or empty.
    """

    def __init__(self, said: str, *, prefilled: str | None = None, anchor: str = "") -> None:
        self._said = said
        self._missing = said[len(prefilled) :] if prefilled is not None else ""
        """White space that ended `said` but could not be prefilled; the model may write it again."""
        self._prefilled = prefilled is not None
        self._anchor = anchor
        self._held = ""
        self._done = not said

    def feed(self, text: str) -> str:
        """What of `text`, and of what was held back before, is new. Raises SeamError."""
        if self._done:
            return text
        self._held += text
        if self._may_still_repeat():
            return ""
        return self._decided()

    def end(self) -> str:
        """What is still held back, when the answer is over. Raises SeamError."""
        return "" if self._done else self._decided()

    def _may_still_repeat(self) -> bool:
        """Whether more text could turn what is held into a repetition."""
        held = self._held.lstrip() if self._anchor else self._held
        if not held:
            return True
        if self._prefilled:
            return len(self._held) < len(self._missing) and self._missing.startswith(self._held)
        if self._anchor and self._anchor.startswith(held):
            return True
        if self._said.startswith(held):
            return True
        return _ends_with_beginning(self._said[-MAX_OVERLAP:], held)

    def _decided(self) -> str:
        self._done = True
        held = self._held
        self._held = ""
        if self._prefilled:
            return held[_common_prefix(held, self._missing) :]
        bare = held.lstrip()
        if self._anchor and bare.startswith(self._anchor):
            return bare[len(self._anchor) :]
        words = self._anchor.rstrip()
        if len(words) >= MIN_OVERLAP and bare.startswith(words):
            # White space at the end of the anchor is easily written otherwise: what of it is there is no news.
            return bare[len(words) + _common_prefix(bare[len(words) :], self._anchor[len(words) :]) :]
        if bare.startswith(self._said.lstrip()):
            return bare[len(self._said.lstrip()) :]
        if _common_prefix(bare, self._said.lstrip()) >= RESTART_CHARACTERS:
            raise SeamError
        return held[_overlap(self._said, held) :]


def _common_prefix(left: str, right: str) -> int:
    for index, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return index
    return min(len(left), len(right))


def _ends_with_beginning(said: str, held: str) -> bool:
    """Whether some ending of `said`, longer than `held`, begins with it."""
    return said.find(held) not in (-1, len(said) - len(held))


def _overlap(said: str, held: str) -> int:
    """Length of the longest beginning of `held` that ends `said`, where it is long enough to be no chance."""
    for length in range(min(len(said), len(held), MAX_OVERLAP), MIN_OVERLAP - 1, -1):
        if said.endswith(held[:length]):
            return length
    return 0
