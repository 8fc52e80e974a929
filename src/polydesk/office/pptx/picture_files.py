"""Pictures that edits name by their files, read in before the edits are applied."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

import msgspec

from polydesk.office.pptx.edits import Edit
from polydesk.office.pptx.object_edits import AddPicture, ReplacePicture


def with_files(edits: Sequence[Edit], read: Callable[[str], bytes]) -> list[Edit]:
    """The edits with each picture's `file` replaced by its bytes, which `read` gives for the path."""
    return [_with_bytes(edit, read) for edit in edits]


def _with_bytes(edit: Edit, read: Callable[[str], bytes]) -> Edit:
    if not isinstance(edit, AddPicture | ReplacePicture) or edit.file is None or edit.data is not None:
        return edit
    return msgspec.structs.replace(edit, file=None, data=base64.b64encode(read(edit.file)).decode())
