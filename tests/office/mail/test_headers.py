"""Header fields are read as real mail writes them."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.mail.headers import addresses, decoded, message_ids, parameters, parsed_date, unfolded
from polydesk.office.mail.message import Message


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("=?utf-8?q?J=C3=B6rg?=", "Jörg"),
        ("=?utf-8?Q?a_b?= =?utf-8?Q?c?= d", "a bc d"),
        ("=?utf-8?b?w7w=?= and =?iso-8859-1?q?=FC?=", "ü and ü"),
        ("=?utf-8?b?ww==?= =?utf-8?b?vA==?=", "ü"),
        ("=?utf-8?B?8J+Y?= =?utf-8?B?gA==?=", "\U0001f600"),
        ("=?iso-2022-jp?B?GyRCJCskLSQvJDEkMxsoQg==?=", "かきくけこ"),
        ("=?gb2312?B?xOO6ww==?=", "你好"),
        ("=?utf-8*en?q?hi?=", "hi"),
        ("=?x-unknown?q?hi_=FC?=", "hi ü"),
        ("=?utf-8?q?broken", "=?utf-8?q?broken"),
        ("=?utf-8?b?!!!?=", ""),
        ("plain\x00text", "plain text"),
    ],
)
def test_encoded_words_are_read(raw: str, words: str) -> None:
    assert decoded(raw) == words


def test_folds_and_raw_bytes_are_read() -> None:
    assert unfolded(b" a\r\n b\n\tc") == "a b c"
    assert (unfolded("Grüße".encode()), unfolded("Grüße".encode("cp1252"))) == ("Grüße", "Grüße")


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("a@example.com", [("", "a@example.com")]),
        ("Ann <a@example.com>", [("Ann", "a@example.com")]),
        ('"Doe, Ann" <a@example.com>, b@example.com', [("Doe, Ann", "a@example.com"), ("", "b@example.com")]),
        ("a@example.com (Ann)", [("Ann", "a@example.com")]),
        ("Group: a@example.com, B <b@example.com>;, c@example.com", [
            ("", "a@example.com"), ("B", "b@example.com"), ("", "c@example.com")]),
        ("undisclosed-recipients:;", []),
        ("Ann; Bob <b@example.com>", [("Ann", ""), ("Bob", "b@example.com")]),
        ("=?utf-8?q?J=C3=B6rg?= <j@example.com>", [("Jörg", "j@example.com")]),
        ('"=?utf-8?q?J=C3=B6rg?=" <j@example.com>', [("Jörg", "j@example.com")]),
        ("<@relay.example:a@example.com>", [("", "a@example.com")]),
        ('"a@b" <c@example.com>', [("a@b", "c@example.com")]),
        ("Ann <a@example.com", [("Ann", "a@example.com")]),
        ("", []),
        ("<>", []),
    ],
)  # fmt: skip
def test_addresses_are_read(raw: str, found: list[tuple[str, str]]) -> None:
    assert [(one.name, one.address) for one in addresses(raw)] == found


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("text/plain; charset=utf-8", ("text/plain", {"charset": "utf-8"})),
        ('Text/HTML; Charset="UTF-8"; x', ("text/html", {"charset": "UTF-8"})),
        ("a/b; name=my file.txt", ("a/b", {"name": "my file.txt"})),
        ('a/b; name="a;b\\"c"', ("a/b", {"name": 'a;b"c'})),
        ("a/b; filename*=utf-8''%e2%82%ac.txt", ("a/b", {"filename": "€.txt"})),
        ("a/b; filename*0=ab; filename*1=cd.txt", ("a/b", {"filename": "abcd.txt"})),
        ("a/b; filename*0*=iso-8859-1'en'%fc; filename*1=.txt", ("a/b", {"filename": "ü.txt"})),
        ('a/b; name="=?utf-8?q?=C3=BC.txt?="', ("a/b", {"name": "ü.txt"})),
        ("; charset=utf-8", ("", {"charset": "utf-8"})),
    ],
)
def test_parameters_are_read(raw: str, found: tuple[str, dict[str, str]]) -> None:
    assert parameters(raw) == found


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("Mon, 05 Jan 2026 15:04:05 +0100", "2026-01-05T15:04:05+01:00"),
        ("5 Jan 26 15:04 GMT", "2026-01-05T15:04:00+00:00"),
        ("Mon, 05 Jan 2026 15:04:60 -0000 (UTC)", "2026-01-05T15:04:59+00:00"),
        ("yesterday", None),
        ("Mon, 99 Jan 2026 15:04:05 +0100", None),
        ("", None),
    ],
)
def test_dates_are_read(raw: str, moment: str | None) -> None:
    assert parsed_date(raw) == (None if moment is None else datetime.fromisoformat(moment))


def test_ids_are_read_each_once() -> None:
    assert message_ids("<a@x> <b@y>\r\n <a@x>") == ["a@x", "b@y"]
    assert message_ids("a@x b@y words") == ["a@x", "b@y"]


@given(st.text(max_size=200))
def test_no_text_makes_a_reader_raise(text: str) -> None:
    decoded(text)
    addresses(text)
    parameters(text)
    parsed_date(text)
    message_ids(text)


@given(st.binary(max_size=200))
def test_no_bytes_make_a_reader_raise(data: bytes) -> None:
    decoded(unfolded(data))


def test_a_head_with_a_zero_byte_is_no_mails() -> None:
    with pytest.raises(UnreadableDocumentError):
        Message(b"X-Some-Name: a\0b\n\nWords.\n")
