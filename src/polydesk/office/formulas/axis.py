"""What insertions, deletions and moves do to the rows, or the columns, of one sheet."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple


class Insertion(NamedTuple):
    """New lines (rows or columns) in front of an old one."""

    before: int
    size: int


class Deletion(NamedTuple):
    """Lines that go away, first and last."""

    first: int
    last: int


class Move(NamedTuple):
    """Lines that are cut and put in front of another."""

    first: int
    last: int
    before: int


class Piece(NamedTuple):
    """A run of lines in their new order."""

    old: int | None
    """The first of the run's old indices; None for new lines."""
    new: int
    """The first of the run's new indices."""
    size: int
    moved: bool


class AxisMap:
    """Old indices, counted from 1, to new ones. All changes mean the lines as they were before any of them."""

    def __init__(
        self,
        limit: int,
        *,
        insertions: Sequence[Insertion] = (),
        deletions: Sequence[Deletion] = (),
        moves: Sequence[Move] = (),
    ) -> None:
        """`limit` is the last index of the grid; what is pushed beyond it is gone.

        Raises ValueError when changes overlap, or when lines go into a span that is deleted or moved.
        """
        self.limit = limit
        self.pieces: list[Piece] = _pieces(limit, insertions, deletions, moves)
        kept = sorted((piece for piece in self.pieces if piece.old is not None), key=lambda piece: piece.old or 0)
        self._kept = kept
        self._starts = [piece.old or 0 for piece in kept]
        self._monotone = not moves
        self.is_identity = not (insertions or deletions or moves)
        self.first_changed = _first_changed(self.pieces, limit)
        """The first old index that goes away, or is elsewhere now; beyond the limit when there is none."""
        self._bounds = sorted(
            {bound for piece in kept for bound in (piece.old or 0, (piece.old or 0) + piece.size)} - {1, limit + 1}
        )

    def new(self, index: int) -> int | None:
        """The index that the line has now; None when it is deleted or pushed over the edge."""
        if index < self.first_changed:
            return index
        at = bisect_right(self._starts, index) - 1
        if at < 0:
            return None
        piece = self._kept[at]
        offset = index - (piece.old or 0)
        if offset >= piece.size:
            return None
        new = piece.new + offset
        return new if new <= self.limit else None

    def pushed_out(self, index: int) -> bool:
        """Whether the line is not deleted, but pushed over the edge of the grid."""
        at = bisect_right(self._starts, index) - 1
        kept = at >= 0 and index < (self._kept[at].old or 0) + self._kept[at].size
        return kept and self.new(index) is None

    def landing(self, index: int) -> int:
        """The index that the line has now; of one that is deleted, that of the first line behind it that is left."""
        new = self.new(index)
        if new is not None:
            return new
        behind = [piece.new for piece in self._kept if (piece.old or 0) >= index]
        return min([*behind, self.limit]) if self._monotone else min([*behind[:1], self.limit])

    def span(self, first: int, last: int) -> tuple[int, int] | None:
        """What the lines from `first` to `last` are now, with those put between them; None when all are gone.

        Lines that are moved out of the span leave it, lines moved within it stay. The span of all lines stays itself.
        """
        if last < self.first_changed or (first == 1 and last == self.limit):
            return first, last
        own = [_clipped(piece, first, last) for piece in self.pieces if _meets(piece, first, last)]
        if not own:
            return None
        core = own if self._monotone else _core(own)
        new_first = min(piece.new for piece in core)
        new_last = max(piece.new + piece.size - 1 for piece in core)
        return (new_first, min(new_last, self.limit)) if new_first <= self.limit else None

    def keeps_distance(self, first: int, last: int, distance: int) -> bool:
        """Whether each line from `first` to `last` has the line at `distance` from it there still.

        Then formulas of all these lines keep their relative form.
        """
        if not distance or self.is_identity:
            return True
        low, high = (first, last + distance) if distance > 0 else (first + distance, last)
        if low < 1 or high > self.limit:
            return False
        # The line and its partner part where a bound lies between them: for some line that is any bound in (low, high].
        return not any(low < bound <= high for bound in self._bounds)

    def moves_as_one(self, first: int, last: int) -> bool:
        """Whether the lines from `first` to `last` all stay, side by side as they were."""
        if last < self.first_changed:
            return True
        at = bisect_right(self._starts, first) - 1
        return at >= 0 and first >= 1 and last < (self._kept[at].old or 0) + self._kept[at].size

    def new_lines(self) -> list[tuple[int, int]]:
        """The new lines as their first new index and their number."""
        return [(piece.new, piece.size) for piece in self.pieces if piece.old is None]


def _meets(piece: Piece, first: int, last: int) -> bool:
    return piece.old is not None and piece.old <= last and first < piece.old + piece.size


def _clipped(piece: Piece, first: int, last: int) -> Piece:
    """The part of a run that lies between two old lines."""
    assert piece.old is not None
    low, high = max(first, piece.old), min(last, piece.old + piece.size - 1)
    return Piece(low, piece.new + low - piece.old, high - low + 1, piece.moved)


def _core(own: list[Piece]) -> list[Piece]:
    """The pieces that stayed, with the moved ones that now lie at their edges or between them."""
    stayed = [piece for piece in own if not piece.moved]
    if not stayed:
        return own
    low = min(piece.new for piece in stayed)
    high = max(piece.new + piece.size for piece in stayed)
    core = [piece for piece in own if not piece.moved or low <= piece.new < high]
    for piece in sorted((piece for piece in own if piece.moved), key=lambda piece: piece.new):
        if piece.new == high:
            core.append(piece)
            high += piece.size
    for piece in sorted((piece for piece in own if piece.moved), key=lambda piece: -piece.new):
        if piece.new + piece.size == low:
            core.append(piece)
            low = piece.new
    return core


def _pieces(
    limit: int, insertions: Sequence[Insertion], deletions: Sequence[Deletion], moves: Sequence[Move]
) -> list[Piece]:
    _refuse_overlaps(limit, insertions, deletions, moves)
    cuts = {1, limit + 1}
    for span in (*deletions, *moves):
        cuts |= {span.first, span.last + 1}
    cuts |= {item.before for item in (*insertions, *moves)}
    bounds = sorted(cuts)
    gone = {span.first for span in deletions}
    arriving: dict[int, list[tuple[int | None, int]]] = {}
    for insertion in insertions:
        arriving.setdefault(insertion.before, []).append((None, insertion.size))
    for move in moves:
        arriving.setdefault(move.before, []).append((move.first, move.last - move.first + 1))
    moved = {move.first for move in moves}
    ordered: list[tuple[int | None, int, bool]] = []
    for start, stop in zip(bounds, [*bounds[1:], limit + 2], strict=True):
        ordered += [(old, count, old is not None) for old, count in arriving.get(start, ())]
        if start <= limit and start not in gone and start not in moved:
            ordered.append((start, stop - start, False))
    return list(_numbered(ordered))


def _numbered(ordered: Iterable[tuple[int | None, int, bool]]) -> Iterable[Piece]:
    new = 1
    for old, count, moved in ordered:
        yield Piece(old, new, count, moved)
        new += count


def _refuse_overlaps(
    limit: int, insertions: Sequence[Insertion], deletions: Sequence[Deletion], moves: Sequence[Move]
) -> None:
    spans = sorted((span.first, span.last) for span in (*deletions, *moves))
    if any(not 1 <= first <= last <= limit for first, last in spans):
        raise ValueError("a span is empty or leaves the grid")
    if any(second[0] <= first[1] for first, second in pairwise(spans)):
        raise ValueError("two spans overlap")
    targets = [item.before for item in (*insertions, *moves)]
    if any(not 1 <= target <= limit + 1 for target in targets) or any(item.size < 1 for item in insertions):
        raise ValueError("an insertion is empty or leaves the grid")
    starts = [first for first, _ in spans]
    for target in targets:
        at = bisect_right(starts, target) - 1
        if at >= 0 and spans[at][0] < target <= spans[at][1]:
            raise ValueError("lines would go into a span that is deleted or moved")


def _first_changed(pieces: Sequence[Piece], limit: int) -> int:
    expected = 1
    for piece in pieces:
        if piece.old != expected or piece.new != expected:
            return expected
        expected += piece.size
    return limit + 1
