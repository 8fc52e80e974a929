"""Requests out of bytes: what is read is the same however it is cut, and what is not a request is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.gateway.server.parsing import HEAD_LIMIT_BYTES, RequestParser, UnreadableRequestError
from polydesk.gateway.server.request import Request
from tests.gateway.server.serving import chunked, get, post

MOST = 1000


def read(*pieces: bytes) -> list[dict[str, Any]]:
    """The requests in the pieces; raises UnreadableRequestError."""
    taken: list[dict[str, Any]] = []

    def take(request: Request, keep: bool, chunks: bool) -> None:
        facts = {name: getattr(request, name) for name in Request.__slots__}
        taken.append({**facts, "keep": keep, "chunks": chunks})

    parser = RequestParser(take, max_body_bytes=MOST)
    for piece in pieces:
        parser.feed(piece)
    assert not parser.reading
    return taken


def refusal(*pieces: bytes) -> UnreadableRequestError:
    with pytest.raises(UnreadableRequestError) as caught:
        read(*pieces)
    return caught.value


TOKEN = st.text(alphabet="abcXYZ019-_.!#$%&'*+^`|~", min_size=1, max_size=12)
VALUE = st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=30)
TAKEN_NAMES = {"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade"}
HEADERS = st.lists(st.tuples(TOKEN.filter(lambda name: name.lower() not in TAKEN_NAMES), VALUE), max_size=5)
BODY = st.binary(max_size=200)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Any request that is valid, in bytes."""
    headers = [f"{name}: {value}" for name, value in draw(HEADERS)]
    headers += draw(st.sampled_from([[], ["connection: close"], ["upgrade: h2c", "connection: Upgrade"]]))
    path = "/" + draw(st.text(alphabet="abc/%20.-_~?&=", max_size=20))
    match draw(st.sampled_from(["none", "length", "chunks"])):
        case "none":
            return get(path, *headers)
        case "length":
            return post(draw(BODY), *headers, path=path)
        case _:
            return chunked(*draw(st.lists(BODY.filter(bool), max_size=3)), path=path)


@given(data=st.data(), raw=st.lists(requests(), min_size=1, max_size=3))
def test_any_cut_of_valid_requests_gives_the_same_requests(data: st.DataObject, raw: list[bytes]) -> None:
    # A request that ends its connection is the last.
    raw = [one for one in raw if b"connection: close" not in one] or raw[:1]
    whole = b"".join(raw)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole) - 1), max_size=8)))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert read(*pieces) == [request for one in raw for request in read(one)]
    assert len(read(*pieces)) == len(raw)


@pytest.mark.parametrize(
    "raw", [post(b"body", "x-a: b"), chunked(b"bo", b"dy"), get("/a?b=c", "upgrade: h2c", "connection: upgrade")]
)
def test_byte_by_byte_is_the_same_request(raw: bytes) -> None:
    assert read(*(raw[at : at + 1] for at in range(len(raw)))) == read(raw)


def test_a_headers_value_has_no_space_around_it() -> None:
    assert Request(method="GET", path="/", headers={b"x-odd": b"caf\xe9 \t"}).header(b"x-odd") == "caf\xe9"


def test_a_request_is_what_it_says() -> None:
    assert read(post(b'{"a":1}', "X-Odd: caf\xe9 \t", path="/v1/x%20y?q=1&r=?")) == [
        {
            "method": "POST",
            "path": "/v1/x%20y",
            "query": "q=1&r=?",
            "headers": {b"host": b"x", b"x-odd": b"caf\xe9 \t", b"content-length": b"7"},
            "body": b'{"a":1}',
            "keep": True,
            "chunks": True,
        }
    ]


@pytest.mark.parametrize(
    ("raw", "keep", "chunks"),
    [
        (get(), True, True),
        (get("/", "connection: close"), False, True),
        (get("/", "connection: Keep-Alive"), True, True),
        (get().replace(b"HTTP/1.1", b"HTTP/1.0"), False, False),
        (get("/", "connection: keep-alive").replace(b"HTTP/1.1", b"HTTP/1.0"), False, False),
    ],
    ids=["1.1", "close", "keep-alive", "1.0", "1.0 keep-alive"],
)
def test_connections_are_kept_by_who_can_tell_where_an_answer_ends(raw: bytes, keep: bool, chunks: bool) -> None:
    assert [(one["keep"], one["chunks"]) for one in read(raw)] == [(keep, chunks)]


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("http://gateway.example:8080/v1/models?a=b", "/v1/models", "a=b"),
        ("http://gateway.example", "/", ""),
        ("*", "*", ""),
    ],
)
def test_targets_that_are_no_plain_path(target: str, path: str, query: str) -> None:
    method = b"OPTIONS" if target == "*" else b"GET"
    assert [(one["path"], one["query"]) for one in read(get(target).replace(b"GET", method))] == [(path, query)]


def test_an_offer_of_another_protocol_is_passed_over() -> None:
    """Java's own client offers HTTP/2 with every first request, its body behind it."""
    offer = ("connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAEAAEAAAAIAAAABAAMAAABk")
    first, second, third = read(post(b"body", *offer) * 2 + get("/last"))
    assert (first, first["body"], first["keep"], third["path"]) == (second, b"body", True, "/last")
    in_chunks = chunked(b"body").replace(b"host: x", b"host: x\r\nconnection: upgrade\r\nupgrade: websocket")
    assert [one["body"] for one in read(in_chunks)] == [b"body"]


def test_thousands_of_such_offers_in_one_piece_are_read() -> None:
    assert len(read(get("/", "connection: upgrade", "upgrade: h2c") * 3000)) == 3000


def test_trailers_are_not_taken_for_headers() -> None:
    raw = chunked(b"a").replace(b"\r\n0\r\n\r\n", b"\r\n0\r\nauthorization: Bearer stolen\r\nhost: y\r\n\r\n")
    assert [one["headers"] for one in read(raw)] == [{b"host": b"x", b"transfer-encoding": b"chunked"}]


def head(*lines: str, end: str = "\r\n\r\n") -> bytes:
    return ("\r\n".join(["POST / HTTP/1.1", "host: x", *lines]) + end).encode("latin-1")


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n"
INVALID: dict[str, bytes] = {
    "length and chunks": head("content-length: 5", "transfer-encoding: chunked") + b"0\r\n\r\n" + SMUGGLED,
    "chunks and length": head("transfer-encoding: chunked", "content-length: 5") + b"0\r\n\r\n" + SMUGGLED,
    "two lengths": head("content-length: 0", f"content-length: {len(SMUGGLED)}") + SMUGGLED,
    "the same length twice": head("content-length: 0", "content-length: 0"),
    "a list of lengths": head("content-length: 0, 5"),
    "a length below zero": head("content-length: -1"),
    "a length with a sign": head("content-length: +5") + b"abcde",
    "a length in hexadecimal": head("content-length: 0x5") + b"abcde",
    "a length beyond 64 bits": head("content-length: 99999999999999999999"),
    "an empty length": head("content-length: "),
    "an encoding that is not chunks": head("transfer-encoding: gzip") + SMUGGLED,
    "an encoding after chunks": head("transfer-encoding: chunked, identity") + b"0\r\n\r\n",
    "chunks twice": head("transfer-encoding: chunked", "transfer-encoding: identity") + b"0\r\n\r\n",
    "an encoding with a tab inside": head("transfer-encoding: \x0bchunked") + b"0\r\n\r\n",
    "a space before the colon": head("transfer-encoding : chunked") + b"0\r\n\r\n",
    "a folded header": head("x-a: b", " c"),
    "a folded encoding": head("transfer-encoding:", " chunked") + b"0\r\n\r\n",
    "a space before the first header": b"GET / HTTP/1.1\r\n host: x\r\n\r\n",
    "NUL in a value": head("x-a: b\x00c"),
    "NUL in a name": head("x-\x00a: b"),
    "a bare return in a value": head("x-a: b\rx-c: d"),
    "lines ended by LF alone": b"GET / HTTP/1.1\nhost: x\n\n",
    "one line ended by LF alone": b"GET / HTTP/1.1\r\nhost: x\nx-a: b\r\n\r\n",
    "an odd byte in a name": head("x-caf\xe9: b"),
    "no name": head(": b"),
    "no colon": head("x-a"),
    "a chunk's size that is no number": head("transfer-encoding: chunked") + b"zz\r\n",
    "a chunk's size with a prefix": head("transfer-encoding: chunked") + b"0x5\r\nabcde\r\n0\r\n\r\n",
    "a chunk's size with a sign": head("transfer-encoding: chunked") + b"+5\r\nabcde\r\n0\r\n\r\n",
    "a chunk's size beyond 64 bits": head("transfer-encoding: chunked") + b"fffffffffffffffff\r\n",
    "a chunk's size ended by LF": head("transfer-encoding: chunked") + b"5\nabcde\r\n0\r\n\r\n",
    "a space after a chunk's size": head("transfer-encoding: chunked") + b"5 \r\nabcde\r\n0\r\n\r\n",
    "a chunk longer than its size": head("transfer-encoding: chunked") + b"3\r\nabcde\r\n0\r\n\r\n",
    "a chunk's extension ended by LF": head("transfer-encoding: chunked") + b"5;a\nabcde\r\n0\r\n\r\n",
    "no method": b"/ HTTP/1.1\r\nhost: x\r\n\r\n",
    "an unknown method": b"FETCH / HTTP/1.1\r\nhost: x\r\n\r\n",
    "a method in small letters": b"get / HTTP/1.1\r\nhost: x\r\n\r\n",
    "a space in the target": b"GET /a b HTTP/1.1\r\nhost: x\r\n\r\n",
    "another protocol": b"GET / ICY/1.1\r\nhost: x\r\n\r\n",
    "an unknown version": b"GET / HTTP/7.1\r\nhost: x\r\n\r\n",
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a greeting of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "data after the end": get("/", "connection: close") + SMUGGLED,
}


@pytest.mark.parametrize("name", INVALID)
def test_what_two_readers_could_understand_differently_is_refused(name: str) -> None:
    assert refusal(INVALID[name]).status == 400


@pytest.mark.parametrize("name", INVALID)
def test_and_refused_however_it_is_cut(name: str) -> None:
    raw = INVALID[name]
    assert refusal(*(raw[at : at + 1] for at in range(len(raw)))).status == 400


@pytest.mark.parametrize("byte", [*range(0x09), 0x0A, 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
def test_a_control_character_in_a_value_is_refused(byte: int) -> None:
    assert refusal(head(f"x-a: b{chr(byte)}c")).status == 400


def test_bodies_up_to_the_limit_are_taken_and_no_longer_ones() -> None:
    assert len(read(post(b"x" * MOST), chunked(b"x" * MOST))) == 2
    assert refusal(post(b"x" * (MOST + 1), path="/v1/messages")).status == 413
    assert refusal(chunked(b"x" * MOST, b"x", path="/v1/messages")).target == "/v1/messages"


def test_a_body_that_is_too_long_is_refused_before_it_has_come() -> None:
    assert refusal(head(f"content-length: {MOST + 1}")).status == 413


def test_heads_up_to_the_limit_are_taken_and_no_longer_ones() -> None:
    assert len(read(get("/", "x-a: " + "b" * (HEAD_LIMIT_BYTES - 200)))) == 1
    assert refusal(get("/", "x-a: " + "b" * HEAD_LIMIT_BYTES)).status == 431
    assert refusal(get("/" + "a" * HEAD_LIMIT_BYTES)).status == 431
    assert refusal(get("/", *(f"x-{number}: b" for number in range(10_000)))).status == 431


def test_a_head_that_never_ends_is_refused() -> None:
    endless = b"GET / HTTP/1.1\r\nx-a: ", *([b"b" * 4096] * 40)
    assert refusal(*endless).status == 431


@pytest.mark.parametrize(
    "padding", [b";" + b"e" * 4096 + b"\r\n", b"\r\nx-a: " + b"t" * 4096], ids=["extension", "trailer"]
)
def test_bytes_around_a_body_are_bounded_too(padding: bytes) -> None:
    assert refusal(head("transfer-encoding: chunked"), b"0" + padding[:6], *([padding[6:-2]] * 40)).status == 413


def test_a_tunnel_is_refused() -> None:
    assert refusal(b"CONNECT other.example:443 HTTP/1.1\r\nhost: other.example\r\n\r\n").status == 405


def test_blank_lines_between_requests_are_passed_over() -> None:
    assert len(read(b"\r\n" + get() + b"\r\n\r\n" + get())) == 2
