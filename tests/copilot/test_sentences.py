"""Sentences, and that nothing is lost between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.copilot.sentences import split_sentences

LIKELY = st.text(
    alphabet=st.sampled_from(list('Ab. !?"\u201c\u201d)(\n\t1\u3002\uff01\u4f60\u00e4\u00c4\u2026')), max_size=40
)


@given(st.text() | LIKELY)
def test_pieces_joined_are_the_paragraph(text: str) -> None:
    pieces = split_sentences(text)
    assert "".join(pieces) == text
    assert len(pieces) % 2 == 1


@given(LIKELY)
def test_between_sentences_is_white_space_alone(text: str) -> None:
    assert "".join(split_sentences(text)[1::2]).strip() == ""


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It rose by 3.5 per cent. All is well.", ["It rose by 3.5 per cent.", "All is well."]),
        (
            "Dr. Smith and J. Brown came, e.g. Monday. Then left.",
            ["Dr. Smith and J. Brown came, e.g. Monday.", "Then left."],
        ),
        ("See No. 5 and Fig. 3. It shows.", ["See No. 5 and Fig. 3. It shows."]),
        (
            "\u201cWhy?\u201d she said. \u201cNo.\u201d He left.",
            ["\u201cWhy?\u201d she said.", "\u201cNo.\u201d", "He left."],
        ),
        ("He left (at last). She stayed.", ["He left (at last).", "She stayed."]),
        ("Am 3. Mai kam er. \u00c4rger folgte.", ["Am 3. Mai kam er.", "\u00c4rger folgte."]),
        ("Gut, z. B. Obst. \u201eNein!\u201c Er ging.", ["Gut, z. B. Obst.", "\u201eNein!\u201c Er ging."]),
        (
            "\u041e\u043d \u0443\u0448\u0451\u043b. \u041e\u043d\u0430 \u043d\u0435\u0442.",
            ["\u041e\u043d \u0443\u0448\u0451\u043b.", "\u041e\u043d\u0430 \u043d\u0435\u0442."],
        ),
        (
            "\u6211\u4eec\u8d70\u3002\u4f60\u6765\uff01\u597d",
            ["\u6211\u4eec\u8d70\u3002", "\u4f60\u6765\uff01", "\u597d"],
        ),
        ("He said no. No. 5 was his.", ["He said no.", "No. 5 was his."]),
        ("No. He left.", ["No.", "He left."]),
        ("no capital. here", ["no capital. here"]),
        ("Wait\u2026 What?", ["Wait\u2026", "What?"]),
        ("", [""]),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert split_sentences(text)[::2] == sentences
