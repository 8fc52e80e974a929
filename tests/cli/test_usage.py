"""What was spent, for people, for programs and for a finance team."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from polydesk.cli.usage import usd_words
from polydesk.core.budgets import Budget
from polydesk.core.receipts import Caller
from polydesk.governance.keys import NewKey, create_key
from polydesk.settings import read_places
from polydesk.store.rows import CHARGE_COLUMNS
from polydesk.store.store import Store
from tests.cli.command import polydesk
from tests.store.samples import priced_receipt

EARLY = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
ALL = ("--since", "2026-01-01", "--until", "2026-02-01")


@pytest.fixture
def store() -> Iterator[Store]:
    opened = Store.open(read_places().records_file)
    yield opened
    opened.close()


@pytest.fixture
def key(store: Store) -> Caller:
    """A key whose calls are in the records: three of January, and one of now."""
    own = Budget(name="", hard_usd=Decimal(2), soft_usd=Decimal("0.5"))
    made, _ = create_key(store.keys, NewKey(name="reports", team="red", budget=own), now=EARLY)
    caller = Caller(key_id=made.id, team="red")
    store.record_calls(
        [
            priced_receipt("rcp_1", at=EARLY, caller=caller, cost=Decimal(3)),
            priced_receipt("rcp_2", at=EARLY + timedelta(days=1), caller=caller, cost=Decimal("1.5")),
            priced_receipt("rcp_3", at=EARLY + timedelta(days=1), cost=None),
            priced_receipt("rcp_4", at=datetime.now(UTC), caller=caller, cost=Decimal("0.75")),
        ]
    )
    return caller


@pytest.mark.usefixtures("key")
def test_people_see_a_table_with_bars() -> None:
    ran = polydesk("usage", *ALL)
    assert ran.code == 0
    assert ran.out.splitlines()[:5] == [
        "From 2026-01-01 to 2026-02-01, by day (UTC)",
        "                           cost  calls  read  written",
        "  2026-01-05              $3.00      1    10        5  ████████████████████████",
        "  2026-01-06  $1.50 + 1 unknown      2    20       10  ████████████",
        "  together    $4.50 + 1 unknown      3    30       15",
    ]


@pytest.mark.usefixtures("key")
def test_keys_are_called_by_their_names() -> None:
    rows = [line.split()[0] for line in polydesk("usage", *ALL, "--by", "key").out.splitlines()[2:5]]
    assert rows == ["reports", "without", "together"]


@pytest.mark.usefixtures("key")
def test_what_is_left_of_a_budget_counts_its_period_alone() -> None:
    line = polydesk("usage", *ALL).out.splitlines()[-1]
    assert line.startswith(
        "  key reports  ███░░░░░░░  $0.75 of $2.00 a month, $1.25 left, beyond its soft limit, until "
    )


def test_budgets_of_the_configuration_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store: Store) -> None:
    store.record_calls([priced_receipt(at=datetime.now(UTC), cost=Decimal("0.25"))])
    file = tmp_path / "polydesk.toml"
    file.write_text('[[budget]]\nname = "everything"\nhard_usd = 1\nperiod = "year"\n')
    monkeypatch.setenv("POLYDESK_CONFIG", str(file))
    (state,) = polydesk("usage", "--json").json()["budgets"]
    assert (state["budget"]["name"], state["spent_usd"], state["left_usd"]) == ("everything", "0.25", "0.75")


def test_programs_get_everything(key: Caller) -> None:
    answer = polydesk("usage", *ALL, "--by", "key", "--json").json()
    assert [(row["group"], row["calls"], row["cost_usd"]) for row in answer["usage"]["rows"]] == [
        (key.key_id, 2, "4.5"),
        (None, 1, "0"),
    ]
    assert answer["usage"]["together"]["unpriced"] == 1
    assert (answer["since"], answer["until"]) == ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")


@pytest.mark.usefixtures("key")
def test_a_finance_team_gets_focus_columns() -> None:
    rows = list(csv.DictReader(io.StringIO(polydesk("usage", *ALL, "--csv").out)))
    assert tuple(rows[0]) == CHARGE_COLUMNS
    assert [row["BilledCost"] for row in rows] == ["3", "1.5", ""]
    assert {row["x_ReceiptId"] for row in rows} == {"rcp_1", "rcp_2", "rcp_3"}


def test_the_month_is_what_is_told_when_nothing_is_said(store: Store) -> None:
    now = datetime.now(UTC)
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    store.record_calls([priced_receipt("rcp_1", at=month - timedelta(seconds=1)), priced_receipt("rcp_2", at=month)])
    assert polydesk("usage", "--json").json()["usage"]["together"]["calls"] == 1


def test_without_calls_it_says_so() -> None:
    assert polydesk("usage").out.splitlines()[1:] == ["  No calls."]


@pytest.mark.parametrize(
    "wrong", [("--json", "--csv"), ("--since", "2026-02-01", "--until", "2026-02-01"), ("--by", "mood")]
)
def test_what_cannot_be_meant_is_refused(wrong: tuple[str, ...]) -> None:
    assert polydesk("usage", *wrong).code == 2


@pytest.mark.parametrize(
    ("usd", "words"),
    [("0", "$0.00"), ("1234.5", "$1,234.50"), ("0.1", "$0.10"), ("0.0123", "$0.012"), ("0.00000123", "$0.0000012")],
)
def test_small_amounts_keep_two_digits_that_say_something(usd: str, words: str) -> None:
    assert usd_words(Decimal(usd)) == words
