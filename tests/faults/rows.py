"""What can go wrong at a vendor, and what the receipt says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import msgspec

from polydesk.providers.http import Timeouts
from tests.faults.answers import TEXT
from tests.faults.world import TIMEOUTS, VendorName
from tests.vendors.http_server import (
    Cut,
    ErrorInBody,
    ErrorInStream,
    Fault,
    MalformedEvents,
    NoEndMark,
    Refuse,
    Reply,
    Reset,
    Scene,
    Stall,
    TruncatedJson,
    WrongContentType,
)

DOWN, BUSY, WRONG = "ProviderUnavailableError", "RateLimitError", "MalformedResponseError"
HASTY = Timeouts(connect_s=5, first_byte_s=0.6, idle_s=0.6, drain_s=1)
EMPTY = msgspec.structs.replace(TEXT, parts=())
SILENT = msgspec.structs.replace(TEXT, parts=(msgspec.structs.replace(TEXT.parts[0], text=""),))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One fault of the vendor that is asked first. An error of None says that this form of answer has no such fault."""

    name: str
    survived: str
    """What becomes of it, for the reader of the documentation."""
    fault: Callable[[VendorName, bool], Scene]
    """The scene for the vendor and whether the answer is streamed."""
    whole: str | None
    streamed: str | None
    status: int | None = None
    in_the_middle: bool = False
    """Whether the caller of a stream may have been given something by then; the test sets a place in bytes."""
    timeouts: Timeouts = TIMEOUTS
    wait_s: float | None = None
    """How long the vendor asks to wait, about; None where it does not."""

    def error(self, *, streamed: bool) -> str | None:
        """The error's class; None where answers of that form have no such fault."""
        return self.streamed if streamed else self.whole


def _scene(fault: Fault) -> Callable[[VendorName, bool], Scene]:
    return lambda vendor, streamed: Scene(response=TEXT, fault=fault)


def _refused(name: str, status: int, error: str, *, wait_s: float | None = None, **headers: Any) -> Row:
    fault = _scene(Refuse(status=status, **headers))
    return Row(name=name, survived=NEXT, fault=fault, whole=error, streamed=error, status=status, wait_s=wait_s)


def _replied(name: str, reply: Reply, error: str) -> Row:
    return Row(name=name, survived=NEXT, fault=_scene(reply), whole=error, streamed=error, status=reply.status)


def _no_choices(vendor: VendorName, streamed: bool) -> Scene:
    """A body of the right form in which the answer is missing."""
    if vendor == "anthropic":
        return Scene(response=EMPTY)
    chunk = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": []}
    data = json.dumps(chunk).encode()
    if not streamed:
        return Scene(fault=Reply(body=data))
    return Scene(fault=Reply(body=b"data: %s\n\ndata: [DONE]\n\n" % data, content_type="text/event-stream"))


def _later(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


NEXT = "the next model is asked; nothing was said yet"
GOES_ON = "the next model goes on where the stream broke off"
OVERLOADED = json.dumps({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}).encode()
PAGE = Reply(status=502, body=b"<html><body>502 Bad Gateway</body></html>", content_type="text/html")

ROWS = [
    _refused("429 without headers", 429, BUSY),
    _refused("429 with seconds", 429, BUSY, retry_after="7", wait_s=7),
    Row(
        name="429 with a date",
        survived=NEXT,
        fault=lambda vendor, streamed: Scene(fault=Refuse(status=429, retry_after=_later(45))),
        whole=BUSY,
        streamed=BUSY,
        status=429,
        wait_s=45,
    ),
    _refused("429 with milliseconds", 429, BUSY, headers={"retry-after-ms": "900"}, wait_s=0.9),
    _refused("500", 500, DOWN),
    _replied("502 from a proxy", PAGE, DOWN),
    _refused("503", 503, DOWN),
    _replied("529", Reply(status=529, body=OVERLOADED), DOWN),
    Row(name="200 with an error", survived=NEXT, fault=_scene(ErrorInBody()), whole=DOWN, streamed=DOWN),
    Row(name="wrong content type", survived=NEXT, fault=_scene(WrongContentType()), whole=None, streamed=WRONG),
    Row(name="no choices", survived=NEXT, fault=_no_choices, whole=WRONG, streamed=None),
    Row(
        name="empty answer",
        survived=NEXT,
        fault=lambda vendor, streamed: Scene(response=EMPTY),
        whole=WRONG,
        streamed=WRONG,
    ),
    Row(
        name="answer without words",
        survived=NEXT,
        fault=lambda vendor, streamed: Scene(response=SILENT),
        whole=WRONG,
        streamed=WRONG,
    ),
    Row(name="closed without a byte", survived=NEXT, fault=_scene(Cut(at=0)), whole=DOWN, streamed=DOWN),
    Row(name="reset without a byte", survived=NEXT, fault=_scene(Reset(at=0)), whole=DOWN, streamed=DOWN),
    Row(name="cut in the head", survived=NEXT, fault=_scene(Cut(at=20)), whole=DOWN, streamed=DOWN),
    Row(
        name="stall before the head",
        survived=NEXT,
        fault=_scene(Stall(at=0)),
        whole=DOWN,
        streamed=DOWN,
        timeouts=HASTY,
    ),
    Row(
        name="error as first event",
        survived=NEXT,
        fault=_scene(ErrorInStream(after_events=0)),
        whole=None,
        streamed=DOWN,
    ),
    Row(
        name="error in the middle",
        survived=GOES_ON,
        fault=_scene(ErrorInStream(after_events=6)),
        whole=None,
        streamed=DOWN,
        in_the_middle=True,
    ),
    Row(
        name="stall in the stream",
        survived=GOES_ON,
        fault=_scene(Stall(at=1)),
        whole=None,
        streamed=DOWN,
        in_the_middle=True,
        timeouts=HASTY,
    ),
    Row(
        name="reset in the stream",
        survived=GOES_ON,
        fault=_scene(Reset(at=1)),
        whole=None,
        streamed=DOWN,
        in_the_middle=True,
    ),
    Row(
        name="end without an end mark",
        survived=GOES_ON,
        fault=_scene(NoEndMark()),
        whole=None,
        streamed=DOWN,
        in_the_middle=True,
    ),
    Row(name="truncated JSON", survived=NEXT, fault=_scene(TruncatedJson()), whole=WRONG, streamed=WRONG),
    Row(name="malformed events", survived=NEXT, fault=_scene(MalformedEvents()), whole=WRONG, streamed=WRONG),
]
