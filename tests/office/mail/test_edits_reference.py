"""docs/reference/edits-mail.md says what the code does: every edit, every field, every example."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
import pytest

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.mail.edits import Drafting, Edit, NewAttachment, edits_schema, parse_edits
from polydesk.office.mail.message import Message
from tests.office.mail.samples import AT

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "edits-mail.md").read_text(encoding="utf-8")
SECTIONS: dict[str, str] = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", PAGE, re.MULTILINE | re.DOTALL))
EDITS: dict[str, Any] = {str(edit.__struct_config__.tag): edit for edit in get_args(Edit)}
MAILS = {
    name: text.replace("\n", "\r\n").encode()
    for name, text in re.findall(r"^`(\w+\.eml)`:\n\n```eml\n(.*?)```", PAGE, re.M | re.S)
}


def words(kind: Any) -> str:
    """A type as the page says it."""
    origin = get_origin(kind)
    if origin in (UnionType, Union):
        return words(next(part for part in get_args(kind) if part is not type(None)))
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(kind))
    if origin is tuple:
        return "list of attachments" if get_args(kind)[0] is NewAttachment else "list of texts"
    return {str: "text", bool: "true, false", int: "number", NewAttachment: "attachment"}[kind]


def test_every_edit_has_a_section_in_the_order_of_the_code() -> None:
    listed = re.findall(r"^\| \[`(\w+)`\]\(#\1\)", PAGE, re.MULTILINE)
    assert (list(SECTIONS), listed) == (list(EDITS), list(EDITS))


@pytest.mark.parametrize("name", EDITS)
def test_every_field_has_its_row_with_its_type_default_and_meaning(name: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.+) \|$", SECTIONS[name], re.MULTILINE)
    wanted: list[tuple[str, str]] = []
    for field in msgspec.structs.fields(EDITS[name]):
        value = "anchor" if field.name == "at" else words(field.type)
        wanted.append((field.name, value if field.required else f"{value}, default {json.dumps(field.default)}"))
    assert [(field, value) for field, value, _ in rows] == wanted


@pytest.mark.parametrize("name", EDITS)
def test_every_example_does_what_its_section_says(name: str) -> None:
    section = SECTIONS[name]
    assert re.findall(r"^- \*\*(.*?):\*\*", section, re.MULTILINE) == ["May change", "Refuses", "Example on"]
    (example,) = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    file = re.search(r"\*\*Example on:\*\* `(\w+\.eml)`", section)
    edits = parse_edits(example)
    assert [type(edit) for edit in edits] == [EDITS[name]]
    if file is None:
        with pytest.raises(UnsupportedEditError, match="live mailboxes"):
            Message(MAILS["received.eml"]).apply(edits, ignore_protection=True)
        return
    message = Message(MAILS[file[1]])
    result = message.apply(edits, at=AT)
    assert result.data != message.data
    assert (result.changed_parts == ("draft",)) is isinstance(edits[0], Drafting)
    assert Message(result.data).view().draft is (file[1] == "draft.eml" or isinstance(edits[0], Drafting))


def test_anchors_of_the_page_are_those_of_its_mails() -> None:
    known = {Message(data).view().anchor for data in MAILS.values()}
    known |= {one.anchor for data in MAILS.values() for one in Message(data).view().attachments}
    assert set(re.findall(r"(?:message|part/[\w.]+)~[0-9a-f]{8}", PAGE)) <= known


def test_the_schema_has_every_edit() -> None:
    text = json.dumps(edits_schema())
    assert [name for name in EDITS if f'"{name}"' not in text] == []
