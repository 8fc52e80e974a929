"""Typed reading of parsed JSON."""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec

from polydesk.wire.notes import WireError

ShapeT = TypeVar("ShapeT")
Count = Annotated[int, msgspec.Meta(ge=0)]
"""A number of tokens. One below none would be reserved as money that comes back."""


def read_shape(body: object, shape: type[ShapeT]) -> ShapeT:
    """`body` as `shape`. Raises WireError with the path of what does not fit."""
    try:
        return msgspec.convert(body, shape)
    except msgspec.ValidationError as exc:
        raise WireError(str(exc)) from exc
