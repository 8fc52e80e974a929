"""`polydesk usage`: what was spent, on what, and what is left of each budget."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import get_args

import click
import msgspec

from polydesk.app import look_around
from polydesk.cli.options import config_file, json_option
from polydesk.cli.output import say, say_json, shortened
from polydesk.core.budgets import Budget, period_start
from polydesk.core.charges import Charge
from polydesk.core.errors import UsageError
from polydesk.governance.admission import Admission
from polydesk.governance.budgets import BudgetState
from polydesk.insights.usage import Grouping, UsageReport, UsageRow, usage
from polydesk.store.store import Store

_DAY = click.DateTime(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])
_BAR = 24
_EIGHTHS = " ▏▎▍▌▋▊▉"
_LONGEST_NAME = 48


class UsageAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What `polydesk usage --json` prints."""

    since: datetime
    until: datetime | None
    """None is now."""
    usage: UsageReport
    budgets: tuple[BudgetState, ...]
    """As they stand now, without what is reserved by calls under way."""


@click.command("usage")
@click.option("--by", type=click.Choice(get_args(Grouping)), default="day", show_default=True, help="What to group by.")
@click.option("--since", type=_DAY, metavar="DAY", help="From this day on (UTC). Default: the first of this month.")
@click.option("--until", type=_DAY, metavar="DAY", help="Up to and without this day (UTC). Default: now.")
@click.option("--csv", "as_csv", is_flag=True, help="Print every charge in FOCUS columns, to be loaded elsewhere.")
@json_option
def command(by: Grouping, since: datetime | None, until: datetime | None, as_csv: bool, as_json: bool) -> None:
    """Say what calls cost, and what is left of each budget.

    Groups come with their calls and tokens, and those whose price is unknown.

    \b
    Examples:
      polydesk usage
      polydesk usage --by model --since 2026-11-01 --until 2026-12-01
      polydesk usage --by team --json
      polydesk usage --csv > charges.csv
    """
    if as_csv and as_json:
        raise UsageError("--csv and --json cannot be had at once.")
    start, end = _bounds(since, until)
    world = look_around(config_file=config_file())
    store = Store.open(world.records_place)
    try:
        if as_csv:
            _write_csv(store, start, end)
            return
        budgets = [msgspec.convert(row, Budget, from_attributes=True) for row in world.configuration.budgets]
        answer = UsageAnswer(
            since=start,
            until=end,
            usage=usage(store.calls(since=start, until=end), by),
            budgets=tuple(Admission(store, budgets=budgets).budgets()),
        )
        names = {key.id: key.name for key in store.keys.all()}
    finally:
        store.close()
    if as_json:
        say_json(answer)
    else:
        say("\n".join(usage_lines(answer, names)))


def _bounds(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime | None]:
    month = period_start("month", datetime.now(UTC))
    assert month is not None
    start = month if since is None else since.replace(tzinfo=UTC)
    end = None if until is None else until.replace(tzinfo=UTC)
    if end is not None and end <= start:
        raise UsageError(f"Nothing lies between {start:%Y-%m-%d} and {end:%Y-%m-%d}; --until is after --since.")
    return start, end


def _write_csv(store: Store, since: datetime, until: datetime | None) -> None:
    """Every charge as a line, day by day, so that there may be more than fit into memory."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    fields = msgspec.structs.fields(Charge)
    writer.writerow([field.encode_name for field in fields])
    for start, end in _days(since, until or datetime.now(UTC) + timedelta(days=1)):
        for charge in store.charges(since=start, until=end):
            row = msgspec.to_builtins(charge)
            writer.writerow([row[field.encode_name] for field in fields])


def _days(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        end = min(since + timedelta(days=1), until)
        yield since, end
        since = end


def usage_lines(answer: UsageAnswer, names: Mapping[str, str]) -> list[str]:
    """The answer for people. `names` are those of keys by their ids."""
    report = answer.usage
    until = "now" if answer.until is None else f"{answer.until:%Y-%m-%d}"
    lines = [f"From {answer.since:%Y-%m-%d} to {until}, by {report.by} (UTC)"]
    if not report.rows:
        lines.append("  No calls.")
    else:
        lines += _table([(_name(row, names, report.by), row) for row in report.rows], report.together)
    if answer.budgets:
        lines += ["", "Budgets", *_budget_lines(answer.budgets)]
    return lines


def _name(row: UsageRow, names: Mapping[str, str], by: Grouping) -> str:
    if row.group is None:
        return {"key": "without a key", "team": "without a team"}.get(by, "nobody")
    return names.get(row.group, row.group) if by == "key" else row.group


def _table(rows: Sequence[tuple[str, UsageRow]], together: UsageRow) -> list[str]:
    rows = [*rows, ("together", together)]
    largest = max((row.cost_usd for _, row in rows[:-1]), default=Decimal(0))
    cells = [_cells(name, row) for name, row in rows]
    cells.insert(0, ["", "cost", "calls", "read", "written"])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    bars = ["", *(_bar(row.cost_usd, largest) for _, row in rows[:-1]), ""]
    return [f"  {_aligned(row, widths)}  {bar}".rstrip() for row, bar in zip(cells, bars, strict=True)]


def _cells(name: str, row: UsageRow) -> list[str]:
    unknown = f" + {row.unpriced:,} unknown" if row.unpriced else ""
    calls = f"{row.calls:,}" + (f" ({row.unanswered:,} unanswered)" if row.unanswered else "")
    return [
        shortened(name, _LONGEST_NAME),
        usd_words(row.cost_usd) + unknown,
        calls,
        f"{row.input_tokens:,}",
        f"{row.output_tokens:,}",
    ]


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *numbers = cells
    return "  ".join(
        [name.ljust(widths[0]), *(text.rjust(width) for text, width in zip(numbers, widths[1:], strict=True))]
    )


def _bar(amount: Decimal, largest: Decimal) -> str:
    """A bar as long as `amount` is beside the largest, to an eighth of a character."""
    if largest <= 0:
        return ""
    eighths = int(amount * _BAR * 8 / largest)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _budget_lines(states: Sequence[BudgetState]) -> Iterator[str]:
    width = max(len(state.budget.name) for state in states)
    for state in states:
        budget = state.budget
        limit = budget.hard_usd or budget.soft_usd or Decimal(0)
        spent = f"{usd_words(state.spent_usd)} of {usd_words(limit)} {_per(budget)}"
        yield f"  {budget.name:{width}}  {_gauge(state.spent_usd, limit)}  {spent}{_left(state)}"


def _gauge(spent: Decimal, limit: Decimal) -> str:
    full = min(10, int(spent * 10 / limit)) if limit else 10
    return "█" * full + "░" * (10 - full)


def _per(budget: Budget) -> str:
    return "altogether" if budget.period == "total" else f"a {budget.period}"


def _left(state: BudgetState) -> str:
    words = "" if state.left_usd is None else f", {usd_words(state.left_usd)} left"
    if state.warns:
        words += ", beyond its soft limit"
    return words + ("" if state.resets_at is None else f", until {state.resets_at:%Y-%m-%d}")


def usd_words(usd: Decimal) -> str:
    """An amount for people: to the cent, and small ones to two digits that say something."""
    if usd == 0 or usd >= Decimal("0.1"):
        return f"${usd:,.2f}"
    return f"${usd:,.{1 - usd.adjusted()}f}"
