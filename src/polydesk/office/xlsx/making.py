"""What every kind of edit is made with: a table from its type to a function, in phases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from polydesk.core.errors import AnchorNotFoundError, EditConflictError
from polydesk.office.edits import TypedEdit, kind_of
from polydesk.office.results import DEFAULT_AUTHOR
from polydesk.office.xlsx.addresses import Area, address, parse_anchor
from polydesk.office.xlsx.state import Place, SheetState, WorkbookState
from polydesk.office.xlsx.survey import Watch

_FEW = 64
"""Claims of areas with up to so many rows are looked up by row."""

CONTENT, LOOKS, OBJECTS, STRUCTURE = range(4)
"""Phases: contents first, structural edits last, since all addresses mean the workbook as it was seen."""


@dataclass(slots=True)
class Outcome:
    """What one edit leaves for the result."""

    before: str | None = None
    after: str | None = None
    notes: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class Claim:
    """An aspect of an area that an edit decides."""

    area: Area
    aspect: str
    index: int
    edit: TypedEdit


@dataclass(slots=True)
class Claims:
    """Which edit decides what, so that two never decide the same."""

    by_sheet: dict[int, list[Claim]] = field(default_factory=dict[int, list[Claim]])
    by_line: dict[tuple[int, str, int], list[Claim]] = field(default_factory=dict[tuple[int, str, int], list[Claim]])
    """By sheet, aspect and row, for areas of few rows; those of many stand at row 0."""
    things: dict[str, tuple[int, TypedEdit]] = field(default_factory=dict[str, tuple[int, TypedEdit]])
    """What is no area, such as a defined name, and the edit that decides it."""
    author: str = DEFAULT_AUTHOR
    """Who writes the comments that edits make."""
    at: datetime | None = None
    """When they are written; None for now."""
    afterwards: list[Callable[[WorkbookState], None]] = field(default_factory=list[Callable[[WorkbookState], None]])
    """Made last, on the workbook with everything else made and settled."""
    structure: object | None = None
    """The structural edits of the list, which are planned together; None when there are none."""

    def claim(self, sheet: SheetState, area: Area, aspect: str, index: int, edit: TypedEdit) -> None:
        """Raises EditConflictError when another edit of the list decides the same of one of the cells."""
        own = self.by_sheet.setdefault(sheet.index, [])
        for other in self._likely(sheet, area, aspect):
            if other.index != index and other.area.meets(area):
                raise EditConflictError(
                    f"edit {other.index + 1} ({kind_of(other.edit)}) changes cells of {address(sheet.name, area)} too; "
                    "leave one of the two out"
                )
        claim = Claim(area, aspect, index, edit)
        own.append(claim)
        lines = range(area.top, area.bottom + 1) if area.height <= _FEW else (0,)
        for line in lines:
            self.by_line.setdefault((sheet.index, aspect, line), []).append(claim)

    def claim_thing(self, thing: str, index: int, edit: TypedEdit) -> None:
        """Raises EditConflictError when another edit of the list decides that thing."""
        other, by = self.things.setdefault(thing, (index, edit))
        if other != index:
            raise EditConflictError(f"edit {other + 1} ({kind_of(by)}) changes {thing} too; leave one of the two out")

    def claims(self, sheet: SheetState, area: Area, aspect: str) -> bool:
        """Whether any edit decides that of one of the cells."""
        return any(claim.area.meets(area) for claim in self._likely(sheet, area, aspect))

    def _likely(self, sheet: SheetState, area: Area, aspect: str) -> list[Claim]:
        """The claims among which those that meet an area are."""
        if area.height > _FEW:
            return [claim for claim in self.by_sheet.get(sheet.index, []) if claim.aspect == aspect]
        lines = (0, *range(area.top, area.bottom + 1))
        return [claim for line in lines for claim in self.by_line.get((sheet.index, aspect, line), ())]


@dataclass(slots=True)
class Making:
    """One edit while it is made."""

    state: WorkbookState
    claims: Claims
    index: int
    edit: TypedEdit
    outcome: Outcome = field(default_factory=Outcome)
    expected: list[tuple[SheetState, Watch, str]] = field(default_factory=list[tuple[SheetState, Watch, str]])
    """Hashes that anchors carry, to be compared with what the survey of their sheets finds."""
    watched: set[str] = field(default_factory=set[str])
    """The anchors whose hashes are expected already."""

    def place(self, anchor: str) -> Place:
        """Where an anchor leads; its hash is checked before anything is made. Raises AnchorNotFoundError."""
        parsed = parse_anchor(anchor, path=self.state.path)
        sheet = self.state.sheet(parsed.sheet)
        if parsed.hash is not None and anchor not in self.watched:
            self.watched.add(anchor)
            self.expected.append((sheet, sheet.watch(parsed.area, hashes=True), parsed.hash))
        return Place(sheet, parsed.area)

    def check_hashes(self) -> None:
        """Raise AnchorNotFoundError when cells no longer hold what an anchor's hash was made of."""
        for sheet, watch, expected in self.expected:
            sheet.survey()
            if watch.hash != expected:
                raise AnchorNotFoundError(
                    f"{address(sheet.name, watch.area)} no longer holds what was seen there (its hash is {watch.hash}, "
                    f"not {expected}); look at it again",
                    path=self.state.path,
                    part=sheet.part,
                )

    def claim(self, sheet: SheetState, area: Area, aspect: str) -> None:
        """Raises EditConflictError when another edit of the list decides the same of one of the cells."""
        self.claims.claim(sheet, area, aspect, self.index, self.edit)

    def claim_thing(self, thing: str) -> None:
        """Raises EditConflictError when another edit of the list decides that thing."""
        self.claims.claim_thing(thing, self.index, self.edit)


Prepare = Callable[[Making, Any], None]
Make = Callable[[Making, Any], None]


@dataclass(frozen=True, slots=True)
class Maker:
    """How one type of edit is made."""

    phase: int
    prepare: Prepare
    """Finds the places, claims them and refuses what cannot be done. Called for every edit before any is made."""
    make: Make
    """Puts patches, transforms and changed parts into the state."""


Makers = dict[type[TypedEdit], Maker]
