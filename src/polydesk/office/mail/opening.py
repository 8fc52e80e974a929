"""What bytes are a mail, and their content; everything else is refused by name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.mail.content import Content
from polydesk.office.mail.eml import eml_content
from polydesk.office.mail.entities import Entity, parse_entity
from polydesk.office.mail.mbox import is_mbox, message_starts
from polydesk.office.mail.msg import msg_content
from polydesk.office.mail.ole import MAGIC
from polydesk.office.opc.recognise import refuse_unknown

MAX_MESSAGE = 512 * 1024 * 1024
"""Bytes of one mail; servers refuse mails of a tenth of that."""
_FOREIGN = (
    b"%PDF-",
    b"{\\rtf",
    b"PK\x03\x04",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
    b"Rar!",
)
_HEAD = 65_536
_TELLING = {
    "from", "to", "subject", "date", "received", "message-id", "mime-version", "content-type", "return-path", "cc",
    "bcc", "delivered-to", "reply-to", "sender", "x-unsent", "content-transfer-encoding", "content-disposition",
    "x-mailer", "list-id", "resent-from", "dkim-signature",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """A mail taken apart."""

    content: Content
    root: Entity | None = field(repr=False)
    """Where everything stands; None for a `.msg`, which is only read."""


def open_mail(data: bytes, *, path: str | None) -> Opened:
    """The mail in `data`. Raises UnreadableDocumentError, saying what it is instead and what can be done."""
    where = path or "The mail"
    if len(data) > MAX_MESSAGE:
        raise UnreadableDocumentError(f"{where} is too large: a mail may have {MAX_MESSAGE} bytes.", path=path)
    if data.startswith(MAGIC):
        return Opened(msg_content(data, path=path), None)
    if not data.strip() or data.startswith(_FOREIGN):
        refuse_unknown(data, path=path) if data.strip() else _refuse_empty(where, path)
    if is_mbox(data[:_HEAD]) and len(starts := list(message_starts(data))) > 1:
        raise UnreadableDocumentError(
            f"{where} is an mbox with {len(starts)} messages; name one of them: `polydesk mail show FILE NUMBER`.",
            path=path,
        )
    root = parse_entity(data)
    if not _is_mail(root, data):
        raise UnreadableDocumentError(
            f"{where} is no mail: it begins with no header such as From, To or Subject. "
            "Mails are .eml, .msg or mbox files.",
            path=path,
        )
    return Opened(eml_content(root), root)


def _refuse_empty(where: str, path: str | None) -> None:
    raise UnreadableDocumentError(f"{where} is empty: take a copy that was saved completely.", path=path)


def _is_mail(root: Entity, data: bytes) -> bool:
    if b"\0" in data[: root.body]:
        return False
    names = {one.name.lower() for one in root.fields}
    if names & _TELLING:
        return True
    return bool(names) and any(re.fullmatch(r"x-[\w-]+|[a-z]+-[\w-]+", name) for name in names)
