from __future__ import annotations

from collections.abc import Mapping
from threading import Thread

import pytest
from prometheus_client.parser import text_string_to_metric_families

from polydesk.core.receipts import CallReceipt
from polydesk.telemetry.metrics import MOST_KEYS, Metrics
from tests.telemetry.receipts import ANSWERED, CANCELLED, FAILED, MODELS, later, receipt

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(metrics: Metrics) -> Samples:
    """What a scraper reads, as Prometheus' own parser understands it."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    """The sum of all samples of that name that bear these labels; None when there is none."""
    found = [
        number
        for (sample, present), number in read(metrics).items()
        if sample == name and labels.items() <= dict(present).items()
    ]
    return sum(found) if found else None


def counted(*receipts: CallReceipt) -> Metrics:
    metrics = Metrics(models=MODELS, version="1.2.3")
    for each in receipts:
        metrics.record_call(each, door="gateway", dialect="openai_chat")
    return metrics


FIRST_FAILED = receipt(FAILED, later(ANSWERED, 30, kind="fallback"))


@pytest.mark.parametrize(
    ("call", "labels"),
    [
        (receipt(ANSWERED), {"outcome": "answered", "error": "", "provider": "openai", "model": "openai/gpt-5"}),
        (receipt(FAILED, answered=False), {"outcome": "failed", "error": "RateLimitError", "model": ""}),
        (receipt(CANCELLED, answered=False), {"outcome": "cancelled", "error": ""}),
        (receipt(answered=False), {"outcome": "refused", "error": "NoCandidateError"}),
    ],
    ids=["answered", "failed", "cancelled", "refused"],
)
def test_a_call_is_counted_by_how_it_ended(call: CallReceipt, labels: Mapping[str, str]) -> None:
    metrics = counted(call)
    assert value(metrics, "polydesk_requests_total", door="gateway", dialect="openai_chat", **labels) == 1
    assert value(metrics, "polydesk_requests_total") == 1


def test_a_refused_request_is_counted_with_its_error() -> None:
    metrics = counted()
    metrics.record_refusal("BudgetExceededError", door="gateway")
    metrics.record_budget("hard")
    assert value(metrics, "polydesk_requests_total", outcome="refused", error="BudgetExceededError") == 1
    assert value(metrics, "polydesk_budget_refusals_total", limit="hard") == 1
    assert value(metrics, "polydesk_request_duration_seconds_count") is None


def test_each_attempt_is_counted_by_model_outcome_error_and_kind() -> None:
    metrics = counted(FIRST_FAILED, FIRST_FAILED)
    samples = read(metrics)
    name = "polydesk_attempts_total"
    failed = {"provider": "anthropic", "model": "anthropic/claude-sonnet-5", "outcome": "failed"}
    answered = {"provider": "openai", "model": "openai/gpt-5", "outcome": "answered", "error": "", "kind": "fallback"}
    expected = {
        (name, frozenset({**failed, "error": "RateLimitError", "kind": "first"}.items())): 2.0,
        (name, frozenset(answered.items())): 2.0,
    }
    assert {key: number for key, number in samples.items() if key[0] == name} == expected


def test_every_token_is_in_exactly_one_class() -> None:
    metrics = counted(receipt(ANSWERED))
    classes = {"input": 30, "cache_read_input": 60, "cache_creation_input": 10, "output": 30, "reasoning_output": 20}
    assert {name: value(metrics, "polydesk_tokens_total", **{"class": name}) for name in classes} == classes
    assert value(metrics, "polydesk_tokens_total") == 150


def test_cost_is_added_up_and_unknown_cost_is_counted_not_taken_for_nothing() -> None:
    metrics = counted(receipt(ANSWERED), receipt(ANSWERED), receipt(later(ANSWERED, 1, cost_usd=None)))
    assert value(metrics, "polydesk_cost_usd_total", model="openai/gpt-5") == 0.0024
    assert value(metrics, "polydesk_unpriced_attempts_total", model="openai/gpt-5") == 1


def test_durations_fall_into_buckets_up_to_their_bound() -> None:
    metrics = counted(receipt(ANSWERED, time_to_first_chunk_ms=50.0))
    for le, number in [("0.1", 0), ("0.25", 1), ("+Inf", 1)]:
        assert value(metrics, "polydesk_request_duration_seconds_bucket", le=le) == number
    assert value(metrics, "polydesk_time_to_first_chunk_seconds_bucket", le="0.05") == 1
    assert value(metrics, "polydesk_time_to_first_chunk_seconds_sum") == pytest.approx(0.05)
    assert value(metrics, "polydesk_attempt_duration_seconds_sum") == pytest.approx(0.12)


def test_overhead_is_what_a_single_attempt_did_not_take() -> None:
    assert value(counted(receipt(ANSWERED)), "polydesk_request_overhead_seconds_sum") == pytest.approx(0.005)
    assert value(counted(FIRST_FAILED), "polydesk_request_overhead_seconds_sum") is None


@pytest.mark.parametrize(
    ("call", "name", "labels"),
    [
        (
            receipt(later(FAILED, 0), later(ANSWERED, 5, kind="continuation")),
            "polydesk_continuations_total",
            {"outcome": "answered"},
        ),
        (receipt(CANCELLED, later(ANSWERED, 5, kind="hedge")), "polydesk_hedges_total", {"heard": "hedge"}),
        (receipt(later(CANCELLED, 5, kind="hedge"), ANSWERED), "polydesk_hedges_total", {"heard": "first"}),
        (receipt(FAILED, later(FAILED, 5, kind="hedge"), answered=False), "polydesk_hedges_total", {"heard": "none"}),
    ],
)
def test_what_kept_a_call_alive_is_counted(call: CallReceipt, name: str, labels: Mapping[str, str]) -> None:
    metrics = counted(call)
    assert value(metrics, name, **labels) == 1
    assert value(metrics, name) == 1


def test_answers_from_the_cache_are_counted_by_kind_and_cost_no_attempt() -> None:
    hit = receipt(provider="openai", model="gpt-5", cached="semantic", cost_usd=None)
    metrics = counted(hit)
    assert value(metrics, "polydesk_cache_hits_total", kind="semantic") == 1
    assert value(metrics, "polydesk_requests_total", outcome="answered") == 1
    assert value(metrics, "polydesk_attempts_total") is None


def test_commits_of_the_ledger_show_their_size() -> None:
    metrics = counted()
    metrics.record_commit(16, 0.003)
    assert value(metrics, "polydesk_ledger_commit_records_bucket", le="16.0") == 1
    assert value(metrics, "polydesk_ledger_commit_records_sum") == 16
    assert value(metrics, "polydesk_ledger_commit_duration_seconds_sum") == 0.003


def test_unknown_models_and_errors_share_one_label() -> None:
    metrics = counted(
        *(receipt(later(ANSWERED, 0, model=f"made-up-{number}")) for number in range(50)),
        receipt(later(FAILED, 0, error="SomethingOfALibrary", provider="nobody"), answered=False),
    )
    assert value(metrics, "polydesk_requests_total", provider="openai", model="other") == 50
    assert value(metrics, "polydesk_attempts_total", provider="other", model="other", error="other") == 1
    assert b"made-up" not in metrics.render()


def test_names_without_end_take_no_memory_without_end() -> None:
    metrics = counted()
    for number in range(MOST_KEYS + 10):
        metrics.record_call(receipt(later(ANSWERED, 0, model=f"made-up-{number}")), door="gateway")
    assert value(metrics, "polydesk_requests_total", model="other") == MOST_KEYS + 10
    assert len(metrics._call_keys) <= MOST_KEYS  # pyright: ignore[reportPrivateUsage]


def test_a_model_learnt_later_gets_its_own_label_from_then_on() -> None:
    metrics = counted(receipt(later(ANSWERED, 0, model="gpt-6")))
    metrics.learn(["openai/gpt-6"])
    metrics.record_call(receipt(later(ANSWERED, 0, model="gpt-6")), door="gateway")
    assert value(metrics, "polydesk_requests_total", model="other") == 1
    assert value(metrics, "polydesk_requests_total", model="openai/gpt-6") == 1


def test_what_is_kept_elsewhere_is_read_when_somebody_asks() -> None:
    metrics = counted()
    under_way = [3]
    metrics.watch_in_flight(lambda: under_way[0])
    metrics.watch_open_streams(lambda: 2)
    metrics.watch_breakers(lambda: {"openai/gpt-5": "half_open", "nobody/unknown": "open"})
    metrics.watch("polydesk_connections_opened", "Connections opened.", lambda: 7, kind="counter")
    assert value(metrics, "polydesk_in_flight_requests") == 3
    under_way[0] = 0
    assert value(metrics, "polydesk_in_flight_requests") == 0
    assert value(metrics, "polydesk_open_streams") == 2
    assert value(metrics, "polydesk_breaker_state", model="openai/gpt-5", state="half_open") == 1
    assert value(metrics, "polydesk_breaker_state", model="openai/gpt-5", state="open") == 0
    assert value(metrics, "polydesk_breaker_state", model="nobody/unknown") is None
    assert value(metrics, "polydesk_connections_opened_total") == 7


def test_no_label_says_who_called_or_which_call_it_was() -> None:
    rendered = counted(receipt(ANSWERED), FIRST_FAILED).render().decode()
    assert [word for word in ("key_01J", "user-17", "rcp_", "req_vendor", "gateway.chat") if word in rendered] == []


def test_the_text_is_of_the_version_that_its_content_type_names() -> None:
    metrics = counted(receipt(ANSWERED))
    assert metrics.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert b'polydesk_build_info{version="1.2.3"} 1.0\n' in metrics.render()
    assert value(metrics, "process_resident_memory_bytes") is not None


def test_calls_from_several_threads_are_all_counted() -> None:
    metrics = counted()
    call = receipt(ANSWERED)
    threads = [Thread(target=lambda: [metrics.record_call(call, door="engine") for _ in range(500)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        metrics.render()
        thread.join()
    assert value(metrics, "polydesk_requests_total", door="engine") == 2000
    assert value(metrics, "polydesk_attempt_duration_seconds_count") == 2000
