"""Regions and columns of a sheet, found while its cells pass once; memory grows with columns, not with rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from polydesk.office.xlsx.addresses import Area, column_name
from polydesk.office.xlsx.builtin_formats import is_date_format
from polydesk.office.xlsx.cell_stream import RawCell
from polydesk.office.xlsx.views import ColumnType, ColumnView, RegionView

MAX_UNIQUE = 1_000
MAX_COLUMNS = 64
LAST_COLUMNS = 4
"""Of a region with more than `MAX_COLUMNS`, the last ones are described too: that's where totals stand."""

HEAD_ROWS = 6
"""Rows of a region in which a header is looked for."""

_FEW = 8
_FIRST = 3
_SHORT = 60
_TEXT_TYPES = (b"s", b"str", b"inlineStr")


class Shower(Protocol):
    """Shows raw cells of one sheet."""

    def text(self, cell: RawCell) -> str:
        """A cell as a reader sees it."""
        ...

    def code(self, style: bytes) -> str:
        """The number format of a cell format."""
        ...

    def formula(self, row: int, column: int, cell: RawCell) -> str | None:
        """A cell's formula as it reads there."""
        ...


@dataclass(slots=True)
class Profile:
    """What one column held so far."""

    filled: int = 0
    kinds: Counter[bytes] = field(default_factory=Counter[bytes])
    styles: Counter[bytes] = field(default_factory=Counter[bytes])
    """Formats of numbers."""
    low: RawCell | None = None
    high: RawCell | None = None
    lowest: float = float("inf")
    highest: float = float("-inf")
    unique: set[bytes] = field(default_factory=set[bytes])
    first: list[RawCell] = field(default_factory=list[RawCell])
    """The first different values."""
    formulas: int = 0
    formula: tuple[int, RawCell] | None = None
    """Row and cell of the first formula."""

    def add(self, row: int, cell: RawCell) -> None:
        """Count one more cell."""
        self.filled += 1
        self.kinds[cell.type] += 1
        if cell.formula:
            self.formulas += 1
            if self.formula is None:
                self.formula = (row, cell)
        if len(self.unique) < MAX_UNIQUE:
            before = len(self.unique)
            self.unique.add(cell.value)
            if before < _FEW and len(self.unique) > before:
                self.first.append(cell)
        if not cell.type or cell.type == b"n":
            self._add_number(cell)

    def _add_number(self, cell: RawCell) -> None:
        self.styles[cell.style] += 1
        try:
            number = float(cell.value)
        except ValueError:
            return
        if number < self.lowest:
            self.lowest, self.low = number, cell
        if number > self.highest:
            self.highest, self.high = number, cell


@dataclass(slots=True)
class Band:
    """Rows that follow each other without an empty one."""

    top: int
    bottom: int
    head: list[tuple[int, list[RawCell]]] = field(default_factory=list[tuple[int, list[RawCell]]])
    """The first rows, kept until it is known which of them is the header."""
    profiles: dict[int, Profile] = field(default_factory=dict[int, Profile])
    ends: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])
    """By column: first and last row that hold something."""

    def add(self, row: int, cells: list[RawCell]) -> None:
        """Take one more row."""
        self.bottom = row
        ends = self.ends
        for cell in cells:
            first = ends.get(cell.column)
            ends[cell.column] = (row if first is None else first[0], row)
        if len(self.head) < HEAD_ROWS:
            self.head.append((row, cells))
            return
        self._count(row, cells)

    def _count(self, row: int, cells: list[RawCell]) -> None:
        profiles = self.profiles
        for cell in cells:
            profile = profiles.get(cell.column)
            if profile is None:
                profile = profiles[cell.column] = Profile()
            profile.add(row, cell)

    def groups(self) -> Iterator[tuple[Area, int | None, dict[int, RawCell]]]:
        """Areas between empty columns, each with its header row and that row's cells; all other rows are counted."""
        columns = sorted(self.ends)
        starts = [at for at, column in enumerate(columns) if not at or column > columns[at - 1] + 1]
        headers: dict[int, int] = {}
        found: list[tuple[Area, int | None, dict[int, RawCell]]] = []
        for start, end in zip(starts, [*starts[1:], len(columns)], strict=True):
            left, right = columns[start], columns[end - 1]
            ends = [self.ends[column] for column in columns[start:end]]
            area = Area(min(top for top, _ in ends), left, max(bottom for _, bottom in ends), right)
            header, cells = self._header(area)
            headers |= dict.fromkeys(range(left, right + 1), header or 0)
            found.append((area, header, cells))
        for row, cells in self.head:
            self._count(row, [cell for cell in cells if row > headers[cell.column]])
        self.head = []
        yield from found

    def _header(self, area: Area) -> tuple[int | None, dict[int, RawCell]]:
        """The row that names the columns, and its cells.

        It is the first row below a title (one cell alone), holds texts alone, all different, for at least half of the
        columns, and has rows below it.
        """
        rows = [
            (row, {cell.column: cell for cell in cells if area.left <= cell.column <= area.right})
            for row, cells in self.head
        ]
        rows = [(row, cells) for row, cells in rows if cells]
        while len(rows) > 1 and area.width > 1 and len(rows[0][1]) == 1:
            rows.pop(0)
        if len(rows) < 2:
            return None, {}
        row, cells = rows[0]
        names = [(cell.type, cell.value) for cell in cells.values()]
        texts = all(cell.type in _TEXT_TYPES and not cell.formula for cell in cells.values())
        if not texts or 2 * len(cells) < area.width or len(set(names)) < len(names):
            return None, {}
        below = [cell for _, following in rows[1:] for cell in following.values()]
        if any((cell.type, cell.value) in names for cell in below):
            return None, {}
        return (row, cells) if _differs(cells, rows[1][1]) else (None, {})


def _differs(header: dict[int, RawCell], following: dict[int, RawCell]) -> bool:
    """Whether the next row looks otherwise than a header: another type or format somewhere, or more than one column."""
    return len(header) > 1 or any(
        (cell.type, cell.style) != (header[column].type, header[column].style)
        for column, cell in following.items()
        if column in header
    )


def region_view(
    band: Band,
    area: Area,
    header: int | None,
    names: dict[int, RawCell],
    *,
    at: str,
    shower: Shower,
    columns: int = MAX_COLUMNS,
) -> RegionView:
    """The view of one region of a band, with up to so many columns described."""
    first = (header or area.top - 1) + 1
    shown = list(range(area.left, area.right + 1))
    if area.width > columns:
        shown = [*shown[: max(0, columns - LAST_COLUMNS)], *shown[-LAST_COLUMNS:]][:columns]
    described = [
        column_view(band.profiles.get(column), column, names.get(column), area.bottom - first + 1, shower)
        for column in shown
    ]
    return RegionView(at=at, header=header, columns=tuple(described), more_columns=area.width - len(described))


def column_view(profile: Profile | None, column: int, name: RawCell | None, rows: int, shower: Shower) -> ColumnView:
    """The view of one column below its header; `rows` is how many there are."""
    letters, header = column_name(column), None if name is None else shower.text(name)
    if profile is None or not profile.filled:
        return ColumnView(column=letters, name=header, type="empty", filled=0, unique=0, blank=rows)
    style = profile.styles.most_common(1)[0][0] if profile.styles else b""
    code = shower.code(style) if profile.styles else "General"
    few = len(profile.unique) <= _FEW
    first = profile.formula
    return ColumnView(
        column=letters,
        name=header,
        type=_type(profile, code),
        format=None if code == "General" else code,
        filled=profile.filled,
        blank=max(0, rows - profile.filled),
        unique=len(profile.unique),
        min=None if profile.low is None else shower.text(profile.low),
        max=None if profile.high is None else shower.text(profile.high),
        errors=profile.kinds[b"e"],
        formulas=profile.formulas,
        formula=None if first is None else shower.formula(first[0], column, first[1]),
        values=tuple(_short(shower.text(cell)) for cell in profile.first[: _FEW if few else _FIRST]),
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else text[:_SHORT] + "…"


def _type(profile: Profile, code: str) -> ColumnType:
    kinds = profile.kinds
    texts = sum(kinds[type] for type in _TEXT_TYPES)
    numbers = kinds[b""] + kinds[b"n"]
    counts: list[tuple[int, ColumnType]] = [
        (numbers, _number_type(code)),
        (texts, "text"),
        (kinds[b"b"], "boolean"),
        (kinds[b"e"], "error"),
        (kinds[b"d"], "date"),
    ]
    count, type = max(counts, key=lambda item: item[0])
    return type if count >= 0.9 * profile.filled else "mixed"


def _number_type(code: str) -> ColumnType:
    if is_date_format(code):
        return "date" if any(letter in code.lower() for letter in "yd") else "time"
    if "%" in code:
        return "percent"
    return "currency" if any(sign in code for sign in "$€£¥₹") else "number"
