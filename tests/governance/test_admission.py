"""One door: keys, limits and budgets together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from polydesk.core.budgets import Budget
from polydesk.core.errors import (
    BudgetExceededError,
    GovernanceError,
    KeyRefusedError,
    NotPermittedError,
    RateExceededError,
    StoreError,
)
from polydesk.core.receipts import Caller
from polydesk.governance.admission import Admission
from polydesk.governance.keys import NewKey, create_key, revoke_key
from polydesk.governance.limits import KeyLimits
from polydesk.store.store import Store
from tests.governance.clocks import NOON, HandClock
from tests.store.samples import priced_receipt


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "records.db")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def admission(
    store: Store, clock: HandClock, *budgets: Budget, limits: KeyLimits | None = None, open: bool = False
) -> Admission:
    return Admission(store, budgets=budgets, limits=limits, open=open, clock=clock.now, monotonic_ns=clock.monotonic_ns)


def made(store: Store, name: str = "bot", **fields: object) -> str:
    """The secret of a new key."""
    return create_key(store.keys, NewKey(name=name, **fields), now=NOON)[1]  # type: ignore[arg-type] - its fields


def hard(usd: str, scope: str = "all", **fields: str) -> Budget:
    return Budget(name=f"{scope} {usd}", scope=scope, hard_usd=Decimal(usd), **fields)  # type: ignore[arg-type] - words


def test_a_key_says_who_asks_and_what_it_may(store: Store, clock: HandClock) -> None:
    key, secret = create_key(
        store.keys,
        NewKey(name="bot", team="red", user="ann", permitted_models=["a"], data_class="confidential"),
        now=NOON,
    )
    admitted = admission(store, clock).admit(secret)
    assert admitted.caller == Caller(key_id=key.id, team="red", user="ann")
    assert (admitted.permitted_models, admitted.permitted_providers) == (frozenset({"a"}), None)
    assert admitted.data_class == "confidential"


@pytest.mark.parametrize("secret", [None, "", "pd-wrong", "sk-anything", "\x00ü"])
def test_who_shows_no_known_key_is_refused(store: Store, clock: HandClock, secret: str | None) -> None:
    made(store)
    gate = admission(store, clock, open=True)
    with pytest.raises(KeyRefusedError) as caught:
        gate.admit(secret)
    assert not secret or secret not in str(caught.value)


def test_programs_on_this_machine_need_no_key_while_none_was_made(store: Store, clock: HandClock) -> None:
    gate = admission(store, clock, hard("1"), open=True)
    for secret in (None, "sk-anything"):
        assert gate.admit(secret).caller is None
    assert gate.admit(None).data_class == "confidential"
    with pytest.raises(BudgetExceededError):
        gate.admit(None).begin(1, Decimal(2))
    secret = made(store)
    clock.turn(1.0)
    assert gate.admit(secret).caller is not None
    with pytest.raises(KeyRefusedError):
        gate.admit(None)
    revoke_key(store.keys, "bot", now=NOON)
    clock.turn(1.0)
    with pytest.raises(KeyRefusedError):
        gate.admit(None)


def test_a_closed_door_needs_a_key_from_the_beginning(store: Store, clock: HandClock) -> None:
    with pytest.raises(KeyRefusedError, match="polydesk keys create"):
        admission(store, clock).admit(None)


def test_new_and_revoked_keys_are_noticed_within_a_second(store: Store, clock: HandClock) -> None:
    made(store, "first")
    gate = admission(store, clock)
    other = Store.open(store.place)
    secret = made(other)
    clock.turn(0.9)
    with pytest.raises(KeyRefusedError, match="not known"):
        gate.admit(secret)
    clock.turn(0.1)
    gate.admit(secret)
    revoke_key(other.keys, "bot", now=NOON)
    gate.admit(secret)
    clock.turn(1.0)
    with pytest.raises(KeyRefusedError, match="revoked"):
        gate.admit(secret)
    other.close()


def test_a_key_expires_at_its_moment(store: Store, clock: HandClock) -> None:
    secret = made(store, expires_at=NOON + timedelta(seconds=10))
    gate = admission(store, clock)
    clock.turn(9.9)
    gate.admit(secret)
    clock.turn(0.1)
    with pytest.raises(KeyRefusedError, match="expired"):
        gate.admit(secret)


def test_the_store_is_not_asked_for_each_request(store: Store, clock: HandClock) -> None:
    secret = made(store)
    gate = admission(store, clock)
    store.close()
    for _ in range(100):
        gate.admit(secret).begin(1, Decimal(1)).settle(1, Decimal(1))
    clock.turn(1.0)
    with pytest.raises(StoreError):
        gate.admit(secret)


def test_what_a_key_has_used_stays_counted_when_another_is_made(store: Store, clock: HandClock) -> None:
    secret = made(store, requests_per_minute=1, budget=hard("1"))
    gate = admission(store, clock)
    gate.admit(secret).begin(1, Decimal("0.9")).settle(1, Decimal("0.9"))
    made(store, "another")
    clock.turn(1.0)
    with pytest.raises(RateExceededError):
        gate.admit(secret).begin(1, Decimal(0))
    clock.turn(60.0)
    with pytest.raises(BudgetExceededError):
        gate.admit(secret).begin(1, Decimal("0.2"))


@pytest.mark.parametrize(
    ("budgets", "usd", "error"),
    [
        ([hard("1")], "1.01", BudgetExceededError),
        ([hard("1", "team:red")], "1.01", BudgetExceededError),
        ([hard("1", "team:blue")], "1.01", None),
        ([hard("1", "key:bot")], "1.01", BudgetExceededError),
        ([hard("1", "key:other")], "1.01", None),
        ([hard("1")], None, NotPermittedError),
        ([Budget(name="soft", soft_usd=Decimal(0))], None, None),
        ([hard("1", unpriced="allow")], None, None),
        ([hard("2"), hard("1", "team:red")], "1.01", BudgetExceededError),
    ],
)
def test_a_request_counts_towards_its_budgets(
    store: Store, clock: HandClock, budgets: list[Budget], usd: str | None, error: type[GovernanceError] | None
) -> None:
    secret = made(store, team="red")
    admitted = admission(store, clock, *budgets).admit(secret)
    cost = None if usd is None else Decimal(usd)
    if error is None:
        admitted.begin(1, cost)
        return
    with pytest.raises(error):
        admitted.begin(1, cost)
    assert [state.reserved_usd for state in admitted.budgets()] == [0] * len(admitted.budgets())


def test_a_refused_request_uses_nothing_up(store: Store, clock: HandClock) -> None:
    secret = made(store, requests_per_minute=1, tokens_per_minute=10, max_parallel=1)
    admitted = admission(store, clock, hard("1")).admit(secret)
    with pytest.raises(BudgetExceededError):
        admitted.begin(5, Decimal(2))
    assert admitted.headers()["x-ratelimit-remaining-requests"] == "1"
    assert admitted.headers()["x-ratelimit-remaining-tokens"] == "10"
    admitted.begin(5, Decimal(1))


def test_a_ticket_counts_once(store: Store, clock: HandClock) -> None:
    secret = made(store, tokens_per_minute=100, max_parallel=1)
    admitted = admission(store, clock, hard("10")).admit(secret)
    ticket = admitted.begin(50, Decimal(5))
    for _ in range(3):
        ticket.settle(20, Decimal(2))
        ticket.cancel()
    assert admitted.headers()["x-ratelimit-remaining-tokens"] == "80"
    (state,) = admitted.budgets()
    assert (state.spent_usd, state.reserved_usd, state.left_usd) == (2, 0, 8)
    assert admitted.limiter.parallel == 0


def test_what_was_cancelled_is_free_again_and_what_is_unknown_stays_counted(store: Store, clock: HandClock) -> None:
    secret = made(store, tokens_per_minute=100)
    admitted = admission(store, clock, hard("10")).admit(secret)
    admitted.begin(50, Decimal(5)).cancel()
    admitted.begin(40, Decimal(4)).settle(None, None)
    assert admitted.headers()["x-ratelimit-remaining-tokens"] == "60"
    assert admitted.budgets()[0].spent_usd == 4


def test_the_headers_are_those_that_clients_know(store: Store, clock: HandClock) -> None:
    secret = made(store, requests_per_minute=60, tokens_per_minute=1_000)
    admitted = admission(store, clock, Budget(name="März", soft_usd=Decimal(1))).admit(secret)
    admitted.begin(900, Decimal(1)).settle(900, Decimal(1))
    assert admitted.headers() == {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-limit-tokens": "1000",
        "x-ratelimit-remaining-tokens": "100",
        "x-ratelimit-reset-tokens": "54s",
        "x-polydesk-budget-warning": "M?rz",
    }


def test_without_limits_there_are_no_headers(store: Store, clock: HandClock) -> None:
    secret = made(store)
    assert admission(store, clock).admit(secret).headers() == {}


def test_keys_that_do_not_say_have_the_limits_of_the_configuration(store: Store, clock: HandClock) -> None:
    own, other = made(store, "own", requests_per_minute=5), made(store, "other")
    gate = admission(store, clock, limits=KeyLimits(requests_per_minute=2, max_parallel=9))
    limits = [gate.admit(secret).limiter.limits for secret in (own, other)]
    assert limits == [
        KeyLimits(requests_per_minute=5, max_parallel=9),
        KeyLimits(requests_per_minute=2, max_parallel=9),
    ]


def test_what_was_spent_before_the_start_counts_and_what_was_reserved_does_not(store: Store, clock: HandClock) -> None:
    key, secret = create_key(store.keys, NewKey(name="bot", team="red", budget=hard("1")), now=NOON)
    caller = Caller(key_id=key.id, team="red")
    before = admission(store, clock).admit(secret)
    before.begin(1, Decimal("0.5"))
    store.record_calls(
        [
            priced_receipt("rcp_0", caller=caller, cost=Decimal("0.3")),
            priced_receipt("rcp_1", caller=caller, cost=Decimal("0.3"), at=NOON - timedelta(days=30)),
            priced_receipt("rcp_2", cost=Decimal("0.1")),
        ]
    )
    gate = admission(store, clock, hard("9"), hard("8", "team:red"), hard("7", "key:bot"), hard("6", period="total"))
    states = gate.admit(secret).budgets()
    spent = [Decimal("0.4"), Decimal("0.3"), Decimal("0.3"), Decimal("0.7"), Decimal("0.3")]
    assert [state.spent_usd for state in states] == spent
    assert {state.reserved_usd for state in states} == {0}
    assert [state.budget.name for state in gate.budgets()] == [state.budget.name for state in states]


def test_threads_together_never_go_beyond_a_budget_or_a_limit(store: Store, clock: HandClock) -> None:
    secret = made(store, requests_per_minute=300)
    gate = admission(store, clock, hard("1"))
    passed: list[int] = []

    def ask() -> None:
        for _ in range(200):
            try:
                ticket = gate.admit(secret).begin(1, Decimal("0.01"))
            except GovernanceError:
                continue
            ticket.settle(1, Decimal("0.004"))
            passed.append(1)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (state,) = gate.budgets()
    assert state.spent_usd == Decimal("0.004") * len(passed)
    assert state.reserved_usd == 0
    assert 240 <= len(passed) <= 250


def test_the_secret_shows_in_no_words(store: Store, clock: HandClock) -> None:
    secret = made(store)
    gate = admission(store, clock)
    admitted = gate.admit(secret)
    assert secret not in "".join(map(repr, (gate, admitted, admitted.key, admitted.caller)))
