"""Bursts of text in a stream: events that differ in their words alone, read by cutting the bytes between the words.

Decoding each of them takes four fifths of the time that a stream takes to read. Not every server's events are so alike:
OpenAI itself lays a text of random length into each (`obfuscation`), and its streams are read event by event.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile

_DATA = b"data: "
_END = b"\n\n"
_PROBE = "a probe"
_MOST_MISSES = 8


class TextFrame:
    """What stands around the words in the events of one stream."""

    __slots__ = ("_head", "_misses", "_tail", "is_hopeless")

    def __init__(self) -> None:
        self._head = self._tail = b""
        self._misses = 0
        self.is_hopeless = False
        """Whether the events of this stream have shown to be too unlike each other."""

    def learn(self, data: str, text: str, text_of: Callable[[str], str | None]) -> None:
        """Learn from an event with the JSON `data` that says `text` alone; `text_of` reads the text of such JSON.

        Nothing is learnt where `text` does not stand there in so many characters.
        """
        if self.is_hopeless or not _is_plain(text):
            return
        self._misses += 1
        self.is_hopeless = self._misses >= _MOST_MISSES
        quoted = f'"{text}"'
        head, _, tail = data.rpartition(quoted)
        # That the words stand nowhere else is no proof of where they stand: other words in their place are.
        if head and text_of(f'{head}"{_PROBE}"{tail}') == _PROBE:
            self._head = _DATA + head.encode() + b'"'
            self._tail = b'"' + tail.encode() + _END

    def cut(self, chunk: bytes) -> tuple[Sequence[str], bytes]:
        """The words of the events with which `chunk` begins, and what is left of it; no words where it is no burst."""
        head, tail = self._head, self._tail
        if not head or not chunk.startswith(head):
            return (), chunk
        *events, rest = chunk.split(tail)
        words = [event[len(head) :] for event in events if event.startswith(head)]
        if len(words) < len(events):
            words = [event[len(head) :] for event in takewhile(lambda event: event.startswith(head), events)]
        texts = _plain_texts(words)
        if not texts:
            return (), chunk
        self._misses = 0
        return texts, rest if len(texts) == len(events) else tail.join([*events[len(texts) :], rest])


def _plain_texts(words: Sequence[bytes]) -> Sequence[str]:
    """The first of `words`, as far as they stand for themselves."""
    try:
        texts = b"\n".join(words).decode().split("\n")
    except UnicodeDecodeError:
        return ()
    if len(texts) == len(words) and "" not in texts and _is_plain("".join(texts)):
        return texts
    return [*takewhile(lambda text: text and _is_plain(text), texts)] if len(texts) == len(words) else ()


def _is_plain(text: str) -> bool:
    """Whether `text` stands in JSON as it is."""
    return text.isprintable() and '"' not in text and "\\" not in text
