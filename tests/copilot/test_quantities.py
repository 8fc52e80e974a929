"""Numbers with their units, currencies and spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.copilot.quantities import changed_units, lost_hedges, readings, spelled_as_before, with_numbers


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("1200", {"1200"}),
        ("1,200", {"1200", "1.200"}),
        ("1.200", {"1200", "1.200"}),
        ("1,200.50", {"1200.5"}),
        ("1.200,50", {"1200.5"}),
        ("1,234,567", {"1234567"}),
        ("12,5", {"12.5"}),
        ("007", {"7"}),
        ("0", {"0"}),
        ("three", {"3"}),
        ("Seventh", {"7"}),
    ],
)
def test_readings_of_a_number(number: str, expected: set[str]) -> None:
    assert readings(number) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rose by 3%", "rose by 3 percent"),
        ("rose by 3 per cent", "rose by 3%"),
        ("\u00a35m", "\u00a35 million"),
        ("4 bn", "4 billion"),
        ("from \u00a338.4 million to \u00a343.2 million", "from \u00a338.4 to \u00a343.2 million"),
        ("from 31% to 27%", "from 31 to 27%"),
        ("\u00a34.8 million", "4,8 Millionen Pfund"),
        ("3 percentage points", "3 Prozentpunkte"),
        ("2 billion", "2 Milliarden"),
        ("\u20ac5", "5 euros"),
        ("\u00a35", "5"),
        ("9 vans", "9 lorries"),
    ],
)
def test_units_written_otherwise_are_the_same(old: str, new: str) -> None:
    assert changed_units(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("rose by 3 percentage points", "rose by 3%", ["3 percentage points"]),
        ("rose by 3%", "rose by 3 percentage points", ["3%"]),
        ("\u00a34.8 million", "\u00a34.8 billion", ["\u00a34.8 million"]),
        ("\u00a34.8 million", "4.8 Millionen Euro", ["\u00a34.8 million"]),
        ("\u00a35", "$5", ["\u00a35"]),
        ("5 million", "5", ["5 million"]),
    ],
)
def test_other_units_and_currencies_are_named(old: str, new: str, changed: list[str]) -> None:
    assert changed_units(old, new) == changed


def test_units_of_unknown_languages_are_not_missed_in_translations() -> None:
    assert changed_units("4 million", "4 \u767e\u4e07", translated=True) == []
    assert changed_units("4 million", "4 Milliarden", translated=True) == ["4 million"]


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("nearly all of it", "it", ["nearly"]),
        ("nearly all of it", "almost all of it", []),
        ("at least 5 of them", "5 of them", ["at least"]),
        ("at least 5 of them", "no less than 5 of them", []),
        ("over \u00a35", "more than \u00a35", []),
        ("about 5, and up to 9", "around 5 to 9", ["up to"]),
        ("over 12 months", "in 12 months", []),
        ("over \u00a35", "\u00a35", ["over"]),
        ("over the years, about the house", "years, house", []),
    ],
)
def test_words_that_bend_a_quantity_may_not_go(old: str, new: str, lost: list[str]) -> None:
    assert lost_hedges(old, new) == lost


def test_numbers_come_with_what_stands_around_them() -> None:
    assert [shown for _, shown in with_numbers("$3.5m, 40% of EUR 7, Figure 3 and 2 thousand")] == [
        "$3.5m",
        "40%",
        "EUR 7",
        "3",
        "2 thousand",
    ]


@given(st.integers(min_value=0, max_value=10**12))
def test_thousands_may_be_marked_in_any_way(number: int) -> None:
    english = f"{number:,}"
    spellings = [
        str(number),
        english,
        english.replace(",", "."),
        english.replace(",", "'"),
        english.replace(",", "\u202f"),
    ]
    shared = set.intersection(*(readings(spelling) for spelling in spellings))
    assert shared == {str(number)} or shared == readings(english)


@given(st.text(alphabet="0123456789,. %m\u00a3$to "))
def test_text_has_the_units_of_itself(text: str) -> None:
    assert changed_units(text, text) == []


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ("a loan of \u00a310 million", "the loan facility of \u00a310.0 million", "a loan of \u00a310.0 million"),
        ("1200 units", "of 1,200 units", "1,200 units"),
        ("10 of 10.0", "10 of 10.0", "10 of 10.0"),
        ("7 units", "of 8 units", "7 units"),
        ("3 reasons", "three reasons", "3 reasons"),
    ],
)
def test_numbers_are_written_as_they_were(new: str, old: str, expected: str) -> None:
    assert spelled_as_before(new, old) == expected
