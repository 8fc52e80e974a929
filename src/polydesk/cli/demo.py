"""`polydesk demo`: the main job, on a report of our own, with a model on this machine."""

from __future__ import annotations

import asyncio
from contextlib import closing
from importlib import resources
from pathlib import Path

import click

from polydesk.app import World, look_around
from polydesk.cli.edit import leave_proposal, propose, tell_remarks
from polydesk.cli.files import Target
from polydesk.cli.leaving import tell
from polydesk.cli.models import pull_for
from polydesk.cli.options import config_file, model_option, records
from polydesk.cli.output import note, say
from polydesk.cli.receipt import file_lines, file_receipt
from polydesk.core.errors import UsageError
from polydesk.office.files import open_file
from polydesk.office.results import DEFAULT_AUTHOR
from polydesk.store.store import Store

_EXAMPLE = "board-report.docx"
_INSTRUCTION = "Tighten the executive summary and answer the comment."


@click.command("demo")
@model_option
def command(model: str | None) -> None:
    """Improve an example report with a model on this machine.

    Tightens the executive summary of examples/board-report.docx, answers its comment, writes the result beside it as
    tracked changes, and shows the receipt. Fetches the model the first time.

    \b
    Examples:
      polydesk demo
      polydesk demo --model anthropic
    """
    world = look_around(config_file=config_file())
    file = example_file()
    chosen = model or _inside(world)
    note(f"{file}: “{_INSTRUCTION}”")
    form, document = open_file(file)
    proposal = asyncio.run(propose(form, document, _INSTRUCTION, chosen))
    target = Target(path=file.with_name(f"{file.stem}.edited{file.suffix}"), replace=True)
    left = leave_proposal(document, proposal, _INSTRUCTION, target, tracked=True, author=DEFAULT_AUTHOR, force=False)
    tell(left, as_json=False)
    tell_remarks(proposal)
    say()
    with closing(Store.open(records())) as store:
        say("\n".join(file_lines(file_receipt(open_file(target.path)[1], store))))
    say()
    say("\n".join(_what_next(world, target.path)))


def _inside(world: World) -> str:
    """The best model that runs on this machine, fetched when it is not here yet."""
    inside = {card.name for card in world.catalog.providers if card.base_url is None}
    cards = [card for card in world.catalog.models if card.provider in inside]
    best = max(cards, key=lambda card: card.quality)
    if best.id not in world.pulled():
        note(f"Fetching {best.id}, once for all checkouts of this machine.")
        pull_for(best.name, world)
    return best.id


def _what_next(world: World, path: Path) -> list[str]:
    vendors = [card for card in world.catalog.providers if card.key_variable is not None]
    return [
        f"Open {path} in Word or LibreOffice to see the changes and the answer.",
        "With a vendor's model instead, set its key, nothing else:",
        *(f"  {card.key_variable}=… polydesk demo --model {card.name}" for card in vendors),
    ]


def example_file() -> Path:
    """The report in the checkout; for an installed Polydesk a copy of it in the current folder."""
    in_checkout = Path(__file__).resolve().parents[3] / "examples" / _EXAMPLE
    if in_checkout.is_file():
        return in_checkout
    packaged = resources.files("polydesk") / "examples" / _EXAMPLE
    if not packaged.is_file():
        raise UsageError(
            f"This installation has no examples; run the demo in a checkout, which has examples/{_EXAMPLE}."
        )
    copy = Path(_EXAMPLE)
    if not copy.exists():
        copy.write_bytes(packaged.read_bytes())
    return copy
