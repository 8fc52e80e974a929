"""The characters of a text that an edit names."""

from __future__ import annotations

from polydesk.core.errors import UnsupportedEditError


def find_span(text: str, *, find: str | None, start: int | None, end: int | None, at: str) -> tuple[int, int]:
    """The characters that an edit names, as offsets; the whole text when it names none.

    Raises UnsupportedEditError when the words do not occur exactly once or the offsets lie outside.
    """
    if find is not None:
        count = text.count(find) if find else 0
        if count != 1:
            raise UnsupportedEditError(
                f"{find!r} occurs {count} times in the paragraph at {at}; quote words that occur exactly once, or "
                "give start and end"
            )
        position = text.index(find)
        return position, position + len(find)
    if start is None and end is None:
        return 0, len(text)
    first, last = start or 0, len(text) if end is None else end
    if not 0 <= first <= last <= len(text):
        raise UnsupportedEditError(
            f"characters {first} to {last} lie outside the paragraph at {at}, which has {len(text)}"
        )
    return first, last
