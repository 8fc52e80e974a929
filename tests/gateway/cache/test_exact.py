from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from polydesk.core.limits import RateLimits
from polydesk.gateway.cache.exact import ExactAnswers, kept
from tests.gateway.cache.samples import CARD, RECEIPT, Watch, answer, kept_answer


def answers(watch: Watch, *, max_entries: int = 3, max_bytes: int = 100_000) -> ExactAnswers:
    return ExactAnswers(max_entries=max_entries, max_bytes=max_bytes, ttl_s=60.0, elapsed_s=watch)


def test_an_answer_comes_back_as_it_was() -> None:
    given = answers(Watch())
    given.put(b"k", kept_answer())
    found = given.get(b"k")
    assert found is not None
    assert found.response == answer()
    assert (found.card, found.host, found.receipt_id) == (CARD, "North", "rcp_first")


def test_what_was_left_of_a_providers_limits_is_not_told_again() -> None:
    response = kept(structs.replace(answer(), rate_limits=RateLimits()), CARD, RECEIPT).response
    assert response.rate_limits is None


def test_an_answer_is_kept_for_its_time() -> None:
    watch = Watch()
    given = answers(watch)
    given.put(b"k", kept_answer())
    watch.now_s = 59.9
    assert given.get(b"k") is not None
    watch.now_s = 60.0
    assert given.get(b"k") is None
    assert b"k" not in given


def test_what_was_not_asked_for_longest_goes_first() -> None:
    given = answers(Watch())
    for key in (b"a", b"b", b"c"):
        given.put(key, kept_answer())
    given.get(b"a")
    given.put(b"d", kept_answer())
    assert [key for key in (b"a", b"b", b"c", b"d") if key in given] == [b"a", b"c", b"d"]


def test_an_answer_larger_than_everything_is_not_kept() -> None:
    given = answers(Watch(), max_bytes=2_000)
    assert not given.put(b"k", kept_answer("x" * 2_000))
    assert not given.put(b"k", kept_answer(vector_bytes=2_000))
    assert len(given) == 0


@given(st.lists(st.tuples(st.binary(max_size=1), st.integers(0, 5_000)), max_size=40), st.integers(1, 10))
def test_number_and_bytes_are_bounded(puts: list[tuple[bytes, int]], most: int) -> None:
    given = answers(Watch(), max_entries=most, max_bytes=8_000)
    for key, length in puts:
        given.put(key, kept_answer("x" * length))
    held = [found for key in {key for key, _ in puts} if (found := given.get(key)) is not None]
    assert len(given) == len(held) <= most
    assert sum(len(one.packed) for one in held) <= 8_000
