"""A mail's content apart from its form: what `.eml` and `.msg` have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from unicodedata import category

_NAME_LIMIT = 150
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_ENDINGS = {
    "application/pdf": ".pdf",
    "application/json": ".json",
    "application/ms-tnef": ".dat",
    "application/pgp-signature": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/zip": ".zip",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/tiff": ".tif",
    "message/delivery-status": ".txt",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Something that came with a mail: a file, a picture in its text, or another mail."""

    section: str
    """By which anchors name it: an IMAP section such as `2.1`, or a number in a `.msg`."""
    name: str
    """Safe as a file name on any system, and unlike that of any other attachment of the mail."""
    media_type: str
    """Such as `application/pdf`, as the sender says."""
    read: Callable[[], bytes] = field(repr=False)
    """Gives the bytes."""
    inline: bool = False
    """Whether the text shows it in its place."""
    content_id: str | None = None
    """By which HTML names it (`cid:`); None when it has none."""
    written_name: str | None = None
    """The name as the sender wrote it, where `name` differs; else None."""
    message: Content | None = field(default=None, repr=False)
    """The mail that it is; None for anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """One piece of a mail's text."""

    section: str
    media_type: str
    """`text/plain`, `text/html`, or another kind of text."""
    text: str = field(repr=False)
    """With `\\n` line ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A mail as its sender meant it."""

    form: str
    """`eml` or `msg`."""
    fields: tuple[tuple[str, str], ...] = field(repr=False)
    """Header fields in order, decoded. For a `.msg` its properties in a header's words, then its transport headers."""
    body: tuple[TextPart, ...] = field(default=(), repr=False)
    """The pieces of its text in reading order; of pieces that say the same the HTML."""
    plain: tuple[TextPart, ...] = field(default=(), repr=False)
    """All pieces that are plain text."""
    html: tuple[TextPart, ...] = field(default=(), repr=False)
    """All pieces that are HTML."""
    calendars: tuple[bytes, ...] = field(default=(), repr=False)
    """iCalendar objects, in bytes."""
    attachments: tuple[Attachment, ...] = ()
    protections: tuple[str, ...] = ()
    """How it is signed or encrypted, in the words of `trust`."""
    reports: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    """Machine-readable reports on delivery: media type and content."""
    draft: bool = False
    """Whether it has not been sent yet, by its own word."""
    item: str = "mail"
    """What it is: `mail`, or for a `.msg` also `meeting`, `appointment`, `contact`, `task`, `note`, `report`."""
    meeting: MeetingFacts | None = None
    """What a `.msg` says of a meeting; None when it is about none."""
    faults: tuple[str, ...] = ()
    """What is broken in it, as sentences."""

    def first(self, name: str) -> str | None:
        """The first field of that name; None when there is none."""
        wanted = name.lower()
        return next((value for field, value in self.fields if field.lower() == wanted), None)

    def all(self, name: str) -> list[str]:
        """The fields of that name."""
        wanted = name.lower()
        return [value for field, value in self.fields if field.lower() == wanted]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingFacts:
    """A meeting as Outlook's properties describe it."""

    method: str
    """As iTIP names it: `REQUEST`, `CANCEL`, `REPLY`, `COUNTER`, or `PUBLISH` for an appointment of one's own."""
    start: str | None
    """ISO 8601 in UTC; None when it is not said."""
    end: str | None
    location: str | None
    uid: str | None
    answer: str | None = None
    """Of a reply: `ACCEPTED`, `DECLINED` or `TENTATIVE`."""
    recurring: bool = False
    zone: str | None = None
    """As Outlook names it."""


def safe_names(wanted: Sequence[tuple[str | None, str]]) -> list[str]:
    """A safe file name for each written name (None for none) and media type, each unlike the others."""
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    found: list[str] = []
    for written, media_type in wanted:
        name = _safe(written or "") or f"attachment{_ENDINGS.get(media_type, '.bin')}"
        candidate, key = name, name.lower()
        while candidate.lower() in taken:
            numbers[key] = numbers.get(key, 1) + 1
            path = PurePosixPath(name)
            candidate = f"{path.stem}-{numbers[key]}{path.suffix}"
        taken.add(candidate.lower())
        found.append(candidate)
    return found


def _safe(written: str) -> str:
    last = re.split(r"[\\/]", written.strip())[-1]
    last = _UNSAFE.sub("_", last)
    # Letters that turn the direction of reading can make exe look like doc.
    last = "".join(letter for letter in last if category(letter) not in ("Cf", "Cc", "Cs", "Co"))
    last = " ".join(last.split()).strip(" .")
    if _RESERVED.fullmatch(last):
        last = f"_{last}"
    if len(last) > _NAME_LIMIT:
        path = PurePosixPath(last)
        last = path.stem[: _NAME_LIMIT - len(path.suffix[:20])] + path.suffix[:20]
    while len(last.encode("utf-8", "replace")) > 240:
        path = PurePosixPath(last)
        last = path.stem[:-10] + path.suffix[:20]
    return last


def ending_of(media_type: str) -> str:
    """The usual ending of a file of that media type, with its dot; `.bin` when there is none."""
    return _ENDINGS.get(media_type, ".bin")
