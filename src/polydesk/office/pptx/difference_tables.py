"""The edits that lead from one table to another."""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from polydesk.office.pptx.edits import Edit
from polydesk.office.pptx.object_edits import DeleteColumn, DeleteRow, InsertColumn, InsertRow
from polydesk.office.pptx.text_edits import SetCell
from polydesk.office.pptx.views import RowView, ShapeView


def table_edits(old: ShapeView, new: ShapeView) -> Iterator[Edit]:
    """Rows where the columns agree in number, columns where the rows do; texts of cells in either case."""
    before, after = len(old.rows[0].cells), len(new.rows[0].cells)
    if before == after:
        yield from _rows(old.rows, new.rows)
    elif len(old.rows) == len(new.rows):
        yield from _columns(old.rows, new.rows)


def _rows(old: tuple[RowView, ...], new: tuple[RowView, ...]) -> Iterator[Edit]:
    texts = ([_texts(row) for row in rows] for rows in (old, new))
    for at, to in _meeting(*texts):
        if at is not None and to is not None:
            yield from _cells(old[at], new[to])
        elif at is not None:
            yield DeleteRow(at=old[at].anchor)
        elif to is not None:
            anchor, before = _neighbour([row.anchor for row in old], _place(old, new, to))
            cells = _texts(new[to])
            yield InsertRow(before=anchor, cells=cells) if before else InsertRow(after=anchor, cells=cells)


def _columns(old: tuple[RowView, ...], new: tuple[RowView, ...]) -> Iterator[Edit]:
    texts = [list(zip(*(_texts(row) for row in rows), strict=True)) for rows in (old, new)]
    pairs = _meeting(texts[0], texts[1])
    last = -1
    for at, to in pairs:
        if at is not None and to is not None:
            last = at
            for one, two in zip(old, new, strict=True):
                if one.cells[at].text != two.cells[to].text and not one.cells[at].merged:
                    yield SetCell(at=one.cells[at].anchor, text=two.cells[to].text)
        elif at is not None:
            last = at
            yield DeleteColumn(at=old[0].cells[at].anchor)
        elif to is not None:
            anchor, before = _neighbour([cell.anchor for cell in old[0].cells], last)
            cells = texts[1][to]
            yield InsertColumn(before=anchor, cells=cells) if before else InsertColumn(after=anchor, cells=cells)


def _cells(old: RowView, new: RowView) -> Iterator[Edit]:
    for one, two in zip(old.cells, new.cells, strict=False):
        if one.text != two.text and not one.merged:
            yield SetCell(at=one.anchor, text=two.text)


def _place(old: tuple[RowView, ...], new: tuple[RowView, ...], to: int) -> int:
    """The row of `old` after which row `to` of `new` comes; -1 for before the first."""
    last = -1
    for at, met in _meeting([_texts(row) for row in old], [_texts(row) for row in new]):
        if met == to:
            return last
        last = last if at is None else at
    return last


def _neighbour(anchors: list[str], last: int) -> tuple[str, bool]:
    """The anchor that a new row or column stands by, and whether in front of it."""
    return (anchors[0], True) if last < 0 else (anchors[last], False)


def _texts(row: RowView) -> tuple[str, ...]:
    return tuple(cell.text for cell in row.cells)


def _meeting(old: list[tuple[str, ...]], new: list[tuple[str, ...]]) -> list[tuple[int | None, int | None]]:
    """Places of `old` and `new` side by side: equal ones meet, then likely ones between them in their order."""
    pairs: list[tuple[int | None, int | None]] = []
    gone, made = list[int](), list[int]()
    for code in LCSseq.opcodes(old, new):
        if code.tag != "equal":
            gone += range(code.src_start, code.src_end)
            made += range(code.dest_start, code.dest_end)
            continue
        pairs += _gap(old, new, gone, made)
        gone, made = [], []
        pairs += zip(range(code.src_start, code.src_end), range(code.dest_start, code.dest_end), strict=True)
    return pairs + _gap(old, new, gone, made)


def _gap(
    old: list[tuple[str, ...]], new: list[tuple[str, ...]], gone: list[int], made: list[int]
) -> list[tuple[int | None, int | None]]:
    if len(gone) == len(made):
        return list(zip(gone, made, strict=True))
    pairs: list[tuple[int | None, int | None]] = []
    rest = list(made)
    for at in gone:
        found = next((to for to in rest if fuzz.ratio("\t".join(old[at]), "\t".join(new[to])) > 60), None)
        if found is None:
            pairs.append((at, None))
            continue
        pairs += [(None, to) for to in rest if to < found]
        pairs.append((at, found))
        rest = [to for to in rest if to > found]
    return pairs + [(None, to) for to in rest]
