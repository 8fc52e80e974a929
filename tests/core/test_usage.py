"""Counts of tokens: known, or unknown."""

from __future__ import annotations

import msgspec
import pytest

from polydesk.core.usage import MOST_TOKENS, Usage


@pytest.mark.parametrize("count", [-1, -(10**6), MOST_TOKENS + 1, 2**63, 10**30])
def test_a_count_that_no_call_can_have_is_unknown(count: int) -> None:
    found = Usage(input_tokens=count, output_tokens=5, cache_read_input_tokens=count)
    assert found == Usage(output_tokens=5)
    assert msgspec.json.decode(b'{"input_tokens": %d, "output_tokens": 5}' % count, type=Usage) == found


@pytest.mark.parametrize("count", [0, 1, MOST_TOKENS])
def test_any_other_is_taken(count: int) -> None:
    assert Usage(output_tokens=count).output_tokens == count
