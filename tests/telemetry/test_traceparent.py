from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.telemetry.traceparent import MOST_TRACESTATE, Parent, Sampler, parent_of
from tests.telemetry.receipts import AT

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = Parent(int(TRACE, 16), int(SPAN, 16), True, "")


@pytest.mark.parametrize(
    ("header", "parent"),
    [
        (f"00-{TRACE}-{SPAN}-01", PARENT),
        (f" 00-{TRACE}-{SPAN}-01 ", PARENT),
        (f"00-{TRACE}-{SPAN}-00", PARENT._replace(sampled=False)),
        (f"00-{TRACE}-{SPAN}-03", PARENT),
        (f"cc-{TRACE}-{SPAN}-01-what-comes-later", PARENT),
        (f"00-{TRACE}-{SPAN}-01-more", None),
        (f"ff-{TRACE}-{SPAN}-01", None),
        (f"00-{TRACE.upper()}-{SPAN}-01", None),
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE[1:]}-{SPAN}-01", None),
        ("", None),
        (None, None),
    ],
)
def test_a_header_is_read_as_the_recommendation_says(header: str | None, parent: Parent | None) -> None:
    assert parent_of(header) == parent


@given(st.text(), st.text())
def test_whatever_a_client_sends_does_not_raise(traceparent: str, tracestate: str) -> None:
    parent_of(traceparent, tracestate)


def test_a_tracestate_is_kept_while_it_is_short() -> None:
    header = f"00-{TRACE}-{SPAN}-01"
    assert parent_of(header, "a=1") == PARENT._replace(state="a=1")
    assert parent_of(header, "a" * (MOST_TRACESTATE + 1)) == PARENT


def test_a_header_goes_out_with_the_attempt_s_own_id() -> None:
    trace = Sampler(1.0).begin(f"00-{TRACE}-{SPAN}-01", served=True)
    first = trace.headers(provider="openai", model="gpt-5", started_at=AT)
    again = trace.headers(provider="openai", model="gpt-5", started_at=AT)
    other = trace.headers(provider="anthropic", model="claude-sonnet-5", started_at=AT)
    assert re.fullmatch(rf"00-{TRACE}-[0-9a-f]{{16}}-01", first["traceparent"])
    assert first == again != other
    assert SPAN not in first["traceparent"]


@pytest.mark.parametrize("ratio", [0.0, 0.25, 1.0])
def test_about_so_many_traces_are_kept(ratio: float) -> None:
    sampler = Sampler(ratio)
    kept = sum(sampler.begin(served=True).sampled for _ in range(4000))
    assert abs(kept - 4000 * ratio) < 250


def test_an_unsampled_trace_says_so_to_the_provider() -> None:
    trace = Sampler(0.0).begin(served=False)
    assert trace.headers(provider="openai", model="gpt-5", started_at=AT)["traceparent"].endswith("-00")
