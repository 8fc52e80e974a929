"""Keys are found on their lines, however TOML lets them be written."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from polydesk.configuration.positions import Place, line_of, lines_of, words
from polydesk.configuration.reference import example

TEXT = '''\
# a comment with [brackets] = "and quotes
title = "x # no comment"
[server]
port = 1   # a comment = 3
text = """
host = "not a key"
[nor.a.table]
"""
list = [
  "]", # ]
  { a = 1 },
  [2],
]
other.inner = 'it''s'

[[row]]
name = "one"
  [row.deep]
  x = 1
[[row]]
"quoted key" = 1
[[row.part]]
a = 1
[[row.part]]
a = 2
[plans."polydesk/auto"]
order = "x"
'''
TEXT = TEXT.replace("'it''s'", "'it'")


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("title",), 2),
        (("server",), 3),
        (("server", "port"), 4),
        (("server", "text"), 5),
        (("server", "list"), 9),
        (("server", "list", 1, "a"), 9),
        (("server", "other", "inner"), 14),
        (("row", 0), 16),
        (("row", 0, "name"), 17),
        (("row", 0, "deep", "x"), 19),
        (("row", 1, "quoted key"), 21),
        (("row", 1, "part", 1, "a"), 25),
        (("plans", "polydesk/auto", "order"), 27),
        ((), None),
    ],
)
def test_each_key_has_its_line(place: Place, line: int | None) -> None:
    tomllib.loads(TEXT)
    assert line_of(lines_of(TEXT), place) == line
    assert line_of(lines_of(TEXT.replace("\n", "\r\n")), place) == line


NEVER_ALONE = {("provider",), ("model",), ("plans",), ("budget",), ("mailboxes",)}
"""Their rows stand on lines, they themselves do not."""


def places(value: Any, place: Place = ()) -> list[Place]:
    """Every table and key."""
    below: list[Place] = []
    if isinstance(value, dict):
        for key, inner in value.items():
            below += [(*place, key), *places(inner, (*place, key))]
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, inner in enumerate(value):
            below += places(inner, (*place, number))
    return below


def test_every_key_of_the_example_is_found_where_it_stands() -> None:
    lines = example().splitlines()
    found = lines_of(example())
    for place in places(tomllib.loads(example())):
        line = line_of(found, place)
        if place in NEVER_ALONE:
            assert line is None
        else:
            assert line is not None
            assert str(place[-1]) in lines[line - 1], place


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (("provider", 1, "base_url"), "provider[2].base_url"),
        (("plans", "polydesk/auto", "models", 0), 'plans."polydesk/auto".models[1]'),
        ((), ""),
    ],
)
def test_a_place_in_words_counts_rows_from_one(place: Place, expected: str) -> None:
    assert words(place) == expected
