"""Structured logs on stderr: a line for each call, and for whatever the program and its libraries have to say.

Lines are queued and written by a thread of their own. A reader that is slow or gone makes lines be dropped and
counted; it never makes a call wait.
"""

from __future__ import annotations

import atexit
import copy
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TextIO

from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.receipts import CallReceipt
from polydesk.telemetry.background import Background
from polydesk.telemetry.call_lines import CallLine, call_fields, ended_at
from polydesk.telemetry.log_format import form_of
from polydesk.telemetry.options import LogLevel, TelemetryOptions
from polydesk.telemetry.redaction import Redactor

MOST_WAITING = 20_000
"""Some ten megabytes of calls; more are dropped."""
CLOSE_S = 2.0
LEVELS: dict[LogLevel, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_OWN_FIELDS = ("id", "door", "status", "error")
"""What a record of ours may say beside its words."""
_LIBRARIES = logging.WARNING
"""The least that is heard of a library: what they say below may hold what was asked."""


class Logs:
    """The log of this process. `start` before use and `close` at the end; any thread may log."""

    def __init__(self, options: TelemetryOptions, *, stream: TextIO, redactor: Redactor) -> None:
        self._level = LEVELS[options.log_level]
        self._log_content = options.log_content
        self._form = form_of(options.log_format, redactor)
        self._stream = stream
        self._lines = Background[CallLine | logging.LogRecord]("polydesk-log", self._write, most=MOST_WAITING)
        self._told = 0
        self._unwritten = 0
        self._handler = _Handler(self._lines.put)
        self._handler.addFilter(self._hears)
        self._levels_before = logging.WARNING, logging.NOTSET
        """Of the root logger and ours."""

    @property
    def dropped(self) -> int:
        """Lines that were not written, since too many waited or the stream is gone."""
        return self._lines.dropped + self._unwritten

    def start(self) -> None:
        """Take over what is logged in this process, and begin to write."""
        root, own = logging.getLogger(), logging.getLogger("polydesk")
        self._levels_before = root.level, own.level
        root.setLevel(max(self._level, _LIBRARIES))
        own.setLevel(self._level)
        root.addHandler(self._handler)
        self._lines.start()
        atexit.register(self.close)

    def close(self, timeout_s: float = CLOSE_S) -> bool:
        """Write what waits and stop; False when `timeout_s` was not enough, and the rest is lost."""
        self._give_back()
        return self._lines.close(timeout_s)

    def record_call(
        self,
        receipt: CallReceipt,
        *,
        door: str,
        status: int | None = None,
        request_id: str | None = None,
        trace_id: str | None = None,
        request: ModelRequest | None = None,
        response: ModelResponse | None = None,
    ) -> None:
        """Log one finished call. `request` and `response` are looked at only when content is logged."""
        if _level_of(receipt) < self._level:
            return
        line = CallLine(
            receipt=receipt,
            door=door,
            status=status,
            request_id=request_id,
            trace_id=trace_id,
            request=request if self._log_content else None,
            response=response if self._log_content else None,
        )
        self._lines.put(line)

    def _hears(self, record: logging.LogRecord) -> bool:
        """A library may set a level of its own for its logger; it is not heard below ours all the same."""
        own = record.name == "polydesk" or record.name.startswith("polydesk.")
        return record.levelno >= (self._level if own else max(self._level, _LIBRARIES))

    def _give_back(self) -> None:
        root, own = logging.getLogger(), logging.getLogger("polydesk")
        if self._handler in root.handlers:
            root.removeHandler(self._handler)
            root.setLevel(self._levels_before[0])
            own.setLevel(self._levels_before[1])
            atexit.unregister(self.close)

    def _write(self, items: Sequence[CallLine | logging.LogRecord]) -> None:
        lines = [self._line(item) for item in items]
        lost = self.dropped - self._told
        if lost:
            self._told += lost
            lines.append(self._form(datetime.now(UTC), "warning", "log lines dropped", {"lines": lost}))
        try:
            self._stream.write("".join(f"{line}\n" for line in lines))
            self._stream.flush()
        except (OSError, ValueError):  # the reader is gone, or the stream was closed: there is nobody left to tell
            self._unwritten += len(lines)

    def _line(self, item: CallLine | logging.LogRecord) -> str:
        if isinstance(item, CallLine):
            level = logging.getLevelName(_level_of(item.receipt)).lower()
            return self._form(ended_at(item), level, "call", call_fields(item))
        at = datetime.fromtimestamp(item.created, UTC)
        return self._form(at, item.levelname.lower(), item.msg, _record_fields(item))


class _Handler(logging.Handler):
    """Gives records on without waiting."""

    def __init__(self, put: Callable[[logging.LogRecord], None]) -> None:
        super().__init__()
        self._put = put

    def emit(self, record: logging.LogRecord) -> None:
        """Fix what the record says now, for what its arguments refer to may change or hold much memory."""
        fixed = copy.copy(record)
        try:
            fixed.msg = record.getMessage()
            if record.exc_info:
                fixed.exc_text = record.exc_text or logging.Formatter().formatException(record.exc_info)
        except Exception:  # a message that cannot be made must not break what it speaks of
            fixed.msg = f"a message of {record.pathname}:{record.lineno} that cannot be formatted"
        fixed.args = None
        fixed.exc_info = None
        self._put(fixed)


def _record_fields(record: logging.LogRecord) -> dict[str, Any]:
    fields: dict[str, Any] = {"logger": record.name}
    fields |= {name: vars(record)[name] for name in _OWN_FIELDS if name in vars(record)}
    if record.exc_text:
        fields["traceback"] = record.exc_text
    return fields


def _level_of(receipt: CallReceipt) -> int:
    return logging.INFO if receipt.provider is not None else logging.WARNING
