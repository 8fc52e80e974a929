"""Texts into tokens, as the library that made the tokenizer's file reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer as Reference

from polydesk.core.errors import WeightsError
from polydesk.providers.static_vectors.tokens import Tokenizer
from tests.providers.static_vectors.samples import PAIRS, TOKENS, tokenizer

OURS = Tokenizer(tokenizer(), "tiny")
REFERENCE = Reference.from_str(tokenizer().decode())


def tokens(text: str) -> list[str]:
    return [TOKENS[number] for number in OURS.ids(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("ab", ["▁ab"]),
        ("ab cd", ["▁ab", "▁", "cd"]),
        ("abcd", ["▁ab", "cd"]),  # the pair of the lower rank first
        ("  ", ["▁▁", "▁"]),
        ("é", ["▁", "<0xC3>", "<0xA9>"]),
        ("<unk>", ["▁", "<0x3C>", "<0x75>", "<0x6E>", "<0x6B>", "<0x3E>"]),
        ("\ud800", ["▁", "<0x3F>"]),
    ],
)
def test_texts_are_cut_into_these_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@given(st.text(st.sampled_from("abcd ▁é🙂\n"), max_size=80))
def test_every_text_has_the_tokens_that_the_makers_library_gives(text: str) -> None:
    assert OURS.ids(text) == REFERENCE.encode(text, add_special_tokens=False).ids


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"\xff",
        tokenizer(type="WordPiece"),
        tokenizer(byte_fallback=False),
        tokenizer(vocab={"a": 0}),
        tokenizer(vocab={token: number for number, token in enumerate([*TOKENS, "a▁b"])}),
        tokenizer().replace(b'"Prepend"', b'"Strip"'),
    ],
)
def test_a_tokenizer_of_another_kind_is_refused_with_its_name(data: bytes) -> None:
    with pytest.raises(WeightsError, match="tiny"):
        Tokenizer(data, "tiny")


def test_pairs_may_be_lists_as_newer_files_have_them() -> None:
    assert Tokenizer(tokenizer(merges=list(PAIRS)), "tiny").ids("abcd") == OURS.ids("abcd")
