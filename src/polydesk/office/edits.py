"""Typed edits: what may be done to a file, as plain values with a JSON form.

An edit names its place by an anchor out of the view. The anchor carries a hash of what was seen there, so an edit
made for an older state of the file fails with AnchorNotFoundError instead of hitting another place. Each format has
its own edits, in its `edits` module; what they share is here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, cast

import msgspec

from polydesk.core.errors import UsageError


class TypedEdit(msgspec.Struct, frozen=True, tag_field="edit", omit_defaults=True, forbid_unknown_fields=True):
    """One edit of one format."""


EditT = TypeVar("EditT", bound=TypedEdit)


def parse_list(data: bytes | str, edit: Any, *, path: str | None = None, page: str) -> list[Any]:
    """The edits of a JSON list, or of an object with the list under `edits`; `edit` is the union of their types.

    `page` is the documentation that lists them. Raises UsageError that names the file, the place and what is expected
    there.
    """
    where = path or "the edits"
    try:
        value: Any = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise UsageError(f"{where} is not JSON: {exc}") from exc
    found: Any = cast("dict[str, Any]", value).get("edits", value) if isinstance(value, dict) else value
    try:
        return msgspec.convert(found, list[edit])
    except msgspec.ValidationError as exc:
        raise UsageError(f"{where}: {exc}. {page} lists every edit with its fields.") from exc


def edits_to_json(edits: Sequence[TypedEdit]) -> bytes:
    """The JSON list that the format's `parse_edits` reads back."""
    return msgspec.json.format(msgspec.json.encode(list(edits)), indent=2)


def kind_of(edit: TypedEdit) -> str:
    """The edit's word in JSON, such as `replace_text`."""
    return str(type(edit).__struct_config__.tag)
