"""On which line of a TOML text each key stands, which `tomllib` does not say."""

from __future__ import annotations

import re
import tomllib
from typing import Any, cast

Place = tuple[str | int, ...]
"""The keys that lead to a value, and the number of a row, from 0."""

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_DOTTED = re.compile(rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*")
_SKIPPED = re.compile(r"(?:\s|#[^\n]*)*")
_TOKEN = re.compile(
    r'''"""(?:[^\\]|\\.)*?"""+|\'\'\'.*?\'\'\'+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[\[{\]}\n]|[^"'#\[{\]}\n]+''',
    re.DOTALL,
)


def lines_of(text: str) -> dict[Place, int]:
    """The line, from 1, of every table and key of `text`, which is valid TOML.

    What stands inside an inline value is not listed: it is where the value begins.
    """
    return _Search(text).lines()


def line_of(lines: dict[Place, int], place: Place) -> int | None:
    """The line of `place` or, where it is not listed, of what it is in; None for the whole file."""
    return next((lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in lines), None)


def words(place: Place) -> str:
    """`place` as a reader writes it, such as `provider[2].base_url`, with rows counted from 1."""
    text = ""
    for key in place:
        if isinstance(key, int):
            text += f"[{key + 1}]"
        else:
            text += ("." if text else "") + (key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"')
    return text


class _Search:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._table: Place = ()
        self._rows: dict[Place, int] = {}
        """How many rows of each array of tables have been seen."""
        self._lines: dict[Place, int] = {}

    def lines(self) -> dict[Place, int]:
        self._skip()
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                self._header()
            elif not self._entry():
                break
            self._skip()
        return self._lines

    def _skip(self) -> None:
        found = _SKIPPED.match(self._text, self._at)
        self._at = self._at if found is None else found.end()

    def _header(self) -> None:
        is_row = self._text.startswith("[[", self._at)
        line = self._line()
        self._at += 2 if is_row else 1
        self._table = self._place_of(self._keys(), is_row=is_row)
        self._lines.setdefault(self._table, line)
        end = self._text.find("\n", self._at)
        self._at = len(self._text) if end < 0 else end

    def _entry(self) -> bool:
        """Note a key and pass over its value; False when there is none, which valid TOML does not have."""
        line = self._line()
        keys = self._keys()
        for end in range(1, len(keys) + 1):
            self._lines.setdefault((*self._table, *keys[:end]), line)
        self._at = self._text.find("=", self._at) + 1
        if not keys or self._at == 0:
            return False
        self._pass_value()
        return True

    def _keys(self) -> list[str]:
        self._skip()
        found = _DOTTED.match(self._text, self._at)
        if found is None:
            return []
        self._at = found.end()
        return _read_keys(found[0])

    def _place_of(self, keys: list[str], *, is_row: bool) -> Place:
        place: Place = ()
        for key in keys[:-1]:
            place = (*place, key)
            if place in self._rows:
                place = (*place, self._rows[place] - 1)
        place = (*place, *keys[-1:])
        if not is_row:
            return place
        self._rows[place] = self._rows.get(place, 0) + 1
        return (*place, self._rows[place] - 1)

    def _pass_value(self) -> None:
        depth = 0
        for token in _TOKEN.finditer(self._text, self._at):
            self._at = token.end()
            if token[0] in ("[", "{"):
                depth += 1
            elif token[0] in ("]", "}"):
                depth -= 1
            elif token[0] == "\n" and depth == 0:
                return

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1


def _read_keys(dotted: str) -> list[str]:
    keys: list[str] = []
    value: Any = tomllib.loads(f"{dotted} = 0")
    while value != 0:
        ((key, value),) = cast("dict[str, Any]", value).items()
        keys.append(key)
    return keys
