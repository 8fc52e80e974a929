"""Log lines as JSON or as text, without secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from polydesk.telemetry.options import LogFormat
from polydesk.telemetry.redaction import Redactor

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BARE = re.compile(r"[\w./:@+-]+")

Form = Callable[[datetime, str, str, Mapping[str, Any]], str]
"""Gives one line, without its end, of a time in UTC, a level, an event and fields."""


def form_of(name: LogFormat, redactor: Redactor) -> Form:
    """The form of that name; what it gives holds no secret that `redactor` knows."""

    def json(at: datetime, level: str, event: str, fields: Mapping[str, Any]) -> str:
        line = {"time": _time(at), "level": level, "event": event, **fields}
        return msgspec.json.encode(redactor.value(line), enc_hook=str).decode()

    def text(at: datetime, level: str, event: str, fields: Mapping[str, Any]) -> str:
        words = [_time(at), level.upper().ljust(7), _escaped(redactor(event))]
        return " ".join([*words, *(f"{name}={_quoted(redactor.value(value))}" for name, value in fields.items())])

    return json if name == "json" else text


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _quoted(value: Any) -> str:
    """A value that a reader, and a program, can tell from its neighbours."""
    if isinstance(value, str) and _BARE.fullmatch(value):
        return value
    return _escaped(msgspec.json.encode(value, enc_hook=str).decode())


def _escaped(text: str) -> str:
    """`text` in one line, so that nobody can write a line that looks like ours."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
