"""Recognising a credential where none may stand, so that it is refused and not repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlsplit

from polydesk.configuration.decoding import Fault
from polydesk.configuration.positions import Place

_PREFIXES = re.compile(
    r"^(?:sk-|sk_|pk-|rk-|gsk_|xai-|hf_|ghp_|github_pat_|glpat-|nvapi-|pplx-|r8_|fw_|csk-|tgp_|AIza|AKIA|ASIA|ya29\.|"
    r"eyJ|Bearer |Basic |-----BEGIN |\s*\{)"
)
"""How the keys of well-known vendors begin, and tokens and key files in general."""
_SECRET_NAMES = re.compile(r"(?i)(?:^|_|-)(?:api_?key|key|secret|token|password|passwd|bearer)s?$")
_LONG = 24
_ENGINES = ("postgresql", "postgres", "valkey", "valkeys", "redis", "rediss")
"""Schemes whose addresses name a user, which is no secret without its password."""
_ENGINE_REMEDY = "Put the password into an environment variable named by `password_env`, or into a `password_file`."
_REMEDY = "Put the key into an environment variable named by `key_env`, or into a file named by `key_file`."


def secret_faults(value: Any, place: Place = ()) -> Iterator[Fault]:
    """A fault for everything in a file that looks like a credential. The credential is in none of them."""
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            if isinstance(inner, str) and _SECRET_NAMES.search(key):
                yield Fault(place=(*place, key), what="a key must not stand in this file", remedy=_REMEDY)
            else:
                yield from secret_faults(inner, (*place, key))
    elif isinstance(value, list):
        for number, inner in enumerate(cast("list[Any]", value)):
            yield from secret_faults(inner, (*place, number))
    elif isinstance(value, str) and value.startswith(tuple(f"{scheme}://" for scheme in _ENGINES)):
        if _has_password(value):
            what = "this has a password, which must not stand in this file"
            yield Fault(place=place, what=what, remedy=_ENGINE_REMEDY)
    elif isinstance(value, str) and (_PREFIXES.match(value) or _has_credential(value)):
        yield Fault(place=place, what="this looks like a key, which must not stand in this file", remedy=_REMEDY)


def looks_like_a_key(word: str) -> bool:
    """Whether `word`, which should be a name, is rather a key."""
    mixed = all(re.search(kind, word) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    return _PREFIXES.match(word) is not None or (mixed and len(word) >= _LONG)


def _has_credential(value: str) -> bool:
    if "://" not in value:
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.password is not None or "@" in parts.netloc or re.search(r"(?i)key=|token=", parts.query) is not None


def _has_password(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return True  # whatever it is, it is not repeated
    return parts.password is not None or "password" in parts.query.lower()
