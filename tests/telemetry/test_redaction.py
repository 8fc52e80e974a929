from __future__ import annotations

import pytest

from polydesk.telemetry.redaction import Redactor


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("key sk-ant-api03-abcdefghijklmnop end", "key [redacted] end"),
        ("Authorization: Bearer abcdef0123456789", "[redacted]"),
        ("{'x-api-key': 'abcdef0123456789'}", "{'x-[redacted]'}"),
        ("https://user:hunter22@proxy.example/", "https[redacted]proxy.example/"),
        ("https://host/v1?key=abcdef&alt=sse", "https://host/v1[redacted]&alt=sse"),
        ("AKIAIOSFODNN7EXAMPLE", "[redacted]"),
        ("token ya29.a0AfH6SMBexample", "token [redacted]"),
        ("eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.abc", "[redacted]"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nnext", "[redacted]\nnext"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, clean: str) -> None:
    assert Redactor()(text) == clean


@pytest.mark.parametrize(
    "text",
    ["rcp_01JDEXAMPLE key_01JDEXAMPLE0123456789", "risk-averse-planning-document", "The secret of good coffee.", "ß €"],
)
def test_ordinary_words_and_ids_stay(text: str) -> None:
    assert Redactor()(text) == text


def test_known_secrets_are_taken_out_wherever_they_stand() -> None:
    redactor = Redactor(["opensesame", "opensesame-and-more", "tiny"])
    assert redactor("x(opensesame-and-more)y opensesame tiny") == "x([redacted])y [redacted] tiny"
    assert redactor.value({"a": ["opensesame", 1, None], "b": {"c": "xopensesamex"}}) == {
        "a": ["[redacted]", 1, None],
        "b": {"c": "x[redacted]x"},
    }


def test_a_secret_that_comes_later_is_learnt() -> None:
    redactor = Redactor()
    assert redactor("rotated-value") == "rotated-value"
    redactor.learn(["rotated-value"])
    assert redactor("rotated-value") == "[redacted]"


def test_a_redactor_does_not_show_what_it_knows() -> None:
    assert repr(Redactor(["opensesame"])) == "Redactor(1 secrets)"


def test_long_texts_take_no_time_without_end() -> None:
    """Each shape ends early or never begins; a pattern that looked everywhere twice would not end within a day."""
    text = "a" * 1_000_000 + "://" * 1000 + "secret" * 10_000
    assert Redactor()(text) == text
