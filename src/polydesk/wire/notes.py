"""What a dialect could not say, and what was done about it."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from polydesk.core.notes import Note


class WireError(ValueError):
    """JSON that the dialect's schema does not allow. The message names the place as a path such as `$.model`.

    It never leaves the process: a provider turns it into MalformedResponseError, a door into its 400.
    """


class StreamFailedError(Exception):
    """The vendor reported an error inside a stream that had begun well."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__("the stream carries an error")
        self.error = error
        """The vendor's error object, as it came."""


class StreamCutError(Exception):
    """The stream ended before its end mark."""


class Translated(msgspec.Struct, frozen=True, kw_only=True):
    """A body in a vendor's form, and everything that did not fit into it."""

    body: dict[str, Any]
    notes: tuple[Note, ...] = ()


class Notes:
    """Collects notes while a body is built."""

    def __init__(self) -> None:
        self._notes: list[Note] = []

    def dropped(self, parameter: str, reason: str) -> None:
        """Record something that the body does not carry."""
        self._notes.append(Note(parameter=parameter, action="dropped", reason=reason))

    def rewritten(self, parameter: str, reason: str) -> None:
        """Record something said in other words."""
        self._notes.append(Note(parameter=parameter, action="rewritten", reason=reason))

    def emulated(self, parameter: str, reason: str) -> None:
        """Record an effect that is got in another way."""
        self._notes.append(Note(parameter=parameter, action="emulated", reason=reason))

    def on(self, body: dict[str, Any]) -> Translated:
        """The finished translation."""
        return Translated(body=body, notes=tuple(self._notes))


def options_for(dialect: str, options: dict[str, Any], options_dialect: str | None, notes: Notes) -> dict[str, Any]:
    """Those of a request's `provider_options` that `dialect` understands; the others are noted as dropped."""
    if options_dialect in (None, dialect):
        return options
    for name in options:
        notes.dropped(name, f"{dialect} has no word for this field of {options_dialect}")
    return {}


def merged(body: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """`body` with `options` laid over it; objects under the same key are merged, anything else is replaced."""
    result = dict(body)
    for key, value in options.items():
        ours = result.get(key)
        result[key] = {**ours, **value} if isinstance(ours, dict) and isinstance(value, dict) else value
    return result


def leftovers(body: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """What `body` says beyond the `known` keys, nulls excepted: null is how vendors write nothing."""
    return {key: value for key, value in body.items() if key not in known and value is not None}


def error_object(error: object) -> dict[str, Any]:
    """A vendor's error as an object, also where a compatible server sends a bare string."""
    return cast("dict[str, Any]", error) if isinstance(error, dict) else {"message": str(error)}
