"""Open an Excel workbook, look at it, check edits against it, and apply them."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from polydesk.office.editable import Editable
from polydesk.office.opc.findings import Finding
from polydesk.office.opc.package import Package
from polydesk.office.results import DEFAULT_AUTHOR, Result
from polydesk.office.xlsx.apply import apply_edits
from polydesk.office.xlsx.chart_ranges import with_fresh_charts
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.findings import refuse_protected, workbook_findings
from polydesk.office.xlsx.read import cell_views, read_range, read_workbook
from polydesk.office.xlsx.recalculation import recalculated
from polydesk.office.xlsx.state import WorkbookState
from polydesk.office.xlsx.views import CellView, RangeView, WorkbookView


class Workbook(Editable[Edit]):
    """An Excel workbook as it is on disk. Reading and applying never change it."""

    def __init__(self, data: bytes, *, path: str | None = None) -> None:
        """Raises UnreadableDocumentError when `data` is no workbook that can be read."""
        self.data = data
        self.path = path
        self._parsed: WorkbookState | None = self._state()
        """The workbook as it is, parsed; None while it is in use, and once an application has changed it."""

    def findings(self) -> list[Finding]:
        """What to know before an edit: signatures, protection, labels, macros, links to outside, dangerous formulas."""
        with self._unchanged() as state:
            return workbook_findings(state)

    def view(self) -> WorkbookView:
        """The map of the workbook: small sheets whole, large ones by their regions."""
        with self._unchanged() as state:
            return read_workbook(state)

    def read(self, address: str) -> RangeView:
        """The cells of an address (`Sheet1!B2:D10`, `Sheet1!5:7`), exactly, with the hash that edits may carry.

        Raises AnchorNotFoundError when there is no such place, UnsupportedEditError for more than 100,000 cells.
        """
        with self._unchanged() as state:
            return read_range(state, address)

    def cells(self, address: str) -> Iterator[CellView]:
        """The cells of an address that hold something, one by one while the sheet is read, however many."""
        return cell_views(self._state(), address)

    def apply(
        self,
        edits: Sequence[Edit],
        *,
        tracked: bool = True,
        author: str = DEFAULT_AUTHOR,
        at: datetime | None = None,
        ignore_protection: bool = False,
    ) -> Result:
        """The workbook with `edits` applied, all or none; parts that no edit names keep their bytes.

        Workbooks track no changes, so `tracked` means nothing here; `author` and `at` are those of comments. Raises
        AnchorNotFoundError, EditConflictError, UnsupportedEditError, each naming the edit, and
        ProtectedDocumentError for a signed or protected workbook unless `ignore_protection`.
        """
        state = self._taken()
        if edits and not ignore_protection:
            refuse_protected(state, edits)
        applied = apply_edits(state, edits, author=author, at=at)
        data = state.save()
        return Result(data=data, edits=tuple(applied), changed_parts=tuple(state.package.changed_parts()))

    def finished(self, result: Result) -> Result:
        """A result of `apply` with the values of formulas made right, and told where they changed."""
        found = recalculated(self.data, result.data, path=self.path)
        parts = {**dict.fromkeys(result.changed_parts), **dict.fromkeys(found.parts)}
        data = found.data
        if found.changes:
            data = with_fresh_charts(data, result.changed_parts, path=self.path)
        return replace(result, data=data, values=found.changes, notes=found.notes, changed_parts=tuple(parts))

    def _taken(self) -> WorkbookState:
        """The parsed workbook, for one use alone, so that nothing is parsed twice in the common open, edit, save."""
        state, self._parsed = self._parsed, None
        return self._state() if state is None else state

    @contextmanager
    def _unchanged(self) -> Generator[WorkbookState]:
        """The parsed workbook for a use that leaves it as it is."""
        state = self._taken()
        yield state
        self._parsed = state

    def _state(self) -> WorkbookState:
        return WorkbookState(Package.open(self.data, path=self.path))
