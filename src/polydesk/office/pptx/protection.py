"""What to know before a presentation is edited, beyond what any office file may hold."""

from __future__ import annotations

from collections.abc import Iterator

from polydesk.office.ooxml.names import P
from polydesk.office.opc.findings import Finding, findings
from polydesk.office.opc.findings import blocking_findings as of_package
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.names import R_ID

_ACTIONS = ("ppaction://program", "ppaction://macro", "ppaction://ole")


def presentation_findings(deck: Deck) -> list[Finding]:
    """Everything found, what blocks an edit first."""
    found = [*findings(deck.package), *_write_protection(deck), *_actions(deck)]
    return sorted(found, key=lambda finding: not finding.blocks_edit)


def blocking_findings(deck: Deck) -> list[Finding]:
    """What an edit would break or go against."""
    return [*of_package(deck.package), *_write_protection(deck)]


def _write_protection(deck: Deck) -> Iterator[Finding]:
    """p:modifyVerifier (ISO/IEC 29500-1, 19.2.1.19): a password to modify."""
    if deck.main.root.find(f"{P}modifyVerifier") is not None:
        yield Finding(
            kind="write_protection",
            text="A password is asked for before the presentation may be modified.",
            part=deck.main_part,
            blocks_edit=True,
            detail="password",
        )


def _actions(deck: Deck) -> Iterator[Finding]:
    """Clicks that would start a program or a macro ([MS-OE376] on the `action` attribute)."""
    for entry in deck.slides:
        for link in deck.part(entry.part).root.iter("{*}hlinkClick", "{*}hlinkHover", "{*}hlinkMouseOver"):
            action = link.get("action", "")
            if action.startswith(_ACTIONS):
                address = deck.external_target(entry.part, link.get(R_ID))
                yield Finding(
                    kind="external_content",
                    text=f"Slide {entry.number} has a click that starts something ({action.partition('?')[0]}); "
                    "it is never started here.",
                    part=entry.part,
                    blocks_edit=False,
                    detail=address or action,
                )
