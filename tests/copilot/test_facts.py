"""Facts of a text: what counts as lost, invented, or kept in another spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.copilot.facts import addresses, difference, held, must_stay, names, numbers, ungrounded


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("It cost 1,200 pounds.", "It cost 1200 pounds."),
        ("It cost 1,200 pounds.", "Es kostete 1.200 pounds."),
        ("It cost 1\u00a0200 francs.", "It cost 1200 francs."),
        ("It cost 3'400 francs.", "It cost 3,400 francs."),
        ("It rose to 12.5%.", "It rose to 12,5 %."),
        ("We have 1,234,567.50 left.", "We have 1.234.567,50 left."),
        ("There are three reasons.", "There are 3 reasons."),
        ("There are 3 reasons.", "There are three reasons."),
        ("A loan of 10.0 million.", "A loan of 10 million."),
        ("It came 3rd.", "It came third."),
        ("Costs at Leeds fell.", "Leeds cut costs."),
        ("The CFO's view of Jean-Luc counts.", "Jean-Luc is what the view of the CFO is about."),
        ("As Smith\u2019s report says.", "As the report by Smith says."),
        ("It fell on 1.10.2026 in Hull.", "In Hull it fell on 1.10.2026."),
        ("We met the Dean. He left.", "He left after meeting the Dean."),
        ("See www.example.com/a.", "Look at www.example.com/a, please."),
        ("The NHS said: \u201cTen days.\u201d", "Ten days, said the NHS."),
        ("Growth\u00b9 was 4%.", "4% was the growth\u00b9."),
    ],
)
def test_facts_written_otherwise_are_kept(old: str, new: str) -> None:
    assert not difference(old, new)


@pytest.mark.parametrize(
    ("old", "new", "lost", "invented"),
    [
        ("A loan of 10.0 million.", "A loan of 10.01 million.", ("10.0",), ("10.01",)),
        ("It cost 1,200 pounds.", "It cost 1.2 pounds.", ("1,200",), ("1.2",)),
        ("It rose by 12.5% to 96.", "It rose by 125% to 96.", ("12.5",), ("125",)),
        ("It rose by 12.5% to 96.", "It rose to 96.", ("12.5",), ()),
        ("It rose.", "It rose by 7%.", (), ("7",)),
        ("Paid two days sooner.", "Paid sooner.", ("two",), ()),
        ("Paid sooner.", "Paid five days sooner.", (), ("five",)),
        ("The site in Leeds grew.", "The site in York grew.", ("Leeds",), ("York",)),
        ("As the NHS says.", "As they say.", ("NHS",), ()),
        ("We asked Jean-Luc.", "We asked Jean.", ("Jean-Luc",), ()),
        ("Since 30 September 2026.", "Since September.", ("30", "2026"), ()),
        ("See https://a.example.com/x.", "See https://b.example.com/x.", ("https://a.example.com/x",), ("https://b.example.com/x",)),
        ("Write to us.", "Write to eve@evil.example.", (), ("eve@evil.example",)),
        ("Write to us.", "Write to us at evil.com.", (), ("evil.com",)),
        ("In 2026 all went well [1].", "In 2026 all went well.", ("1",), ()),
    ],
)  # fmt: skip
def test_lost_and_invented_facts_are_named(
    old: str, new: str, lost: tuple[str, ...], invented: tuple[str, ...]
) -> None:
    found = difference(old, new)
    assert (found.lost, found.invented) == (lost, invented)


def test_what_the_instruction_mentions_may_go_and_come() -> None:
    assert not difference(
        "The site in Leeds has 4 vans.", "The site in York has 5 vans.", asked="Leeds is York; 4 is 5"
    )
    assert difference("It has 4 vans.", "It has vans.", asked="Keep the 14 cars").lost == ("4",)


def test_facts_of_the_rest_of_the_document_are_not_invented() -> None:
    found = difference("It rose.", "It rose by 7% in Leeds.", known=held(["Leeds rose by 7%."]))
    assert found.invented == ()


def test_translation_is_held_to_digits_and_addresses_alone() -> None:
    old = "In three years the site in Munich grew by 1,250.5 units; see a.example.com."
    good = "In drei Jahren wuchs der Standort M\u00fcnchen um 1.250,5 Einheiten; siehe a.example.com."
    assert not difference(old, good, with_names=False)
    assert difference(old, good.replace("1.250,5", "1.250"), with_names=False).lost == ("1,250.5",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Leeds grew. York did not.", []),
        ("The Board met in Hull.", ["Board", "Hull"]),
        ("the NHS, the IT team and I", ["NHS", "IT"]),
        ("Der Umsatz der Firma stieg im Jahr um zwei Prozent, sagt die IHK.", ["IHK"]),
        ("He said: Results matter.", []),
        ("by www.Example.com and Ann", ["Ann"]),
        ("", []),
    ],
)
def test_names(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_numbers_are_those_outside_addresses() -> None:
    assert numbers("5 of 1,200 at http://a.example.com/77 in 2.2.1, 5 again") == ["5", "1,200", "2.2.1"]


def test_addresses_end_before_punctuation() -> None:
    text = "See (https://a.example.com/x?y=1), ann@example.org, or example.co.uk. No e.g. here, nor 3.5."
    assert addresses(text) == ["https://a.example.com/x?y=1", "ann@example.org", "example.co.uk"]


def test_must_stay_shows_numbers_with_currency_and_unit_in_reading_order() -> None:
    text = "Revenue at Leeds rose by \u00a34.8 million, or 12.5%, to 3 percentage points (see www.example.com)."
    assert must_stay(text) == ["Leeds", "\u00a34.8 million", "12.5%", "3 percentage points", "www.example.com"]
    assert must_stay(text, with_names=False)[0] == "\u00a34.8 million"


def test_ungrounded_numbers_stand_in_no_source() -> None:
    assert ungrounded("7 of 9 in Leeds", held(["9 there", "three here"])) == ["7"]
    assert ungrounded("9 in Leeds", held(["9 there"]), with_names=True) == ["Leeds"]


@given(st.text())
def test_text_agrees_with_itself(text: str) -> None:
    assert not difference(text, text)


@pytest.mark.parametrize(
    ("new", "lost"),
    [
        ("\u201cPlease tell us sooner,\u201d said one of them.", ()),
        ("One said \u201cPlease tell us sooner.\u201d", ()),
        ("One of them asked to be told sooner.", ("\u201cPlease tell us sooner.\u201d",)),
    ],
)
def test_nobodys_words_are_changed(new: str, lost: tuple[str, ...]) -> None:
    assert difference("One of them said: \u201cPlease tell us sooner.\u201d", new).lost == lost


def test_quoted_terms_may_be_rephrased() -> None:
    assert not difference("the \u201cgood\u201d years", "the good years")
