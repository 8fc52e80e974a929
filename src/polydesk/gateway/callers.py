"""What a request's headers say: who asks, and with what wishes."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address
from typing import Literal, get_args
from urllib.parse import urlsplit

import msgspec

from polydesk.catalog.card import DataClass
from polydesk.core.errors import NotPermittedError
from polydesk.gateway.failures import Failure, RefusedRequestError
from polydesk.gateway.server.request import Request
from polydesk.governance.admission import Admission, Admitted

DATA_CLASSES: tuple[DataClass, ...] = get_args(DataClass)


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a client may ask for beside its body, in headers that begin with `x-polydesk-`."""

    data_class: DataClass | None = None
    """How widely what it sends may be known; None leaves it to its key."""
    strict: bool = False
    """Whether a model that cannot be told everything is not to be asked."""
    timeout_s: float | None = None
    """How long it waits for the whole answer; None leaves it to the server."""


NO_WISHES = Wishes()
_WISHES = frozenset({b"x-polydesk-data-class", b"x-polydesk-strict", b"x-polydesk-timeout-s"})


def caller_of(admission: Admission, request: Request) -> Admitted:
    """The caller of `request`. Raises what `admission` raises, and NotPermittedError for a page of a web site."""
    caller = admission.admit(secret_of(request))
    if caller.key is None:
        _refuse_web_sites(request)
    return caller


def secret_of(request: Request) -> str | None:
    """The key that the request shows, as OpenAI's clients (`Authorization`) or Anthropic's (`x-api-key`) send it."""
    bearer = request.headers.get(b"authorization")
    if bearer is not None:
        scheme, _, secret = bearer.strip().partition(b" ")
        return secret.strip().decode("latin-1") or None if scheme.lower() == b"bearer" else None
    return request.header(b"x-api-key")


def wishes_of(request: Request) -> Wishes:
    """The wishes in the headers. Raises RefusedRequestError for one that cannot be meant."""
    if _WISHES.isdisjoint(request.headers):
        return NO_WISHES
    header = request.header
    return _wishes(header(b"x-polydesk-data-class"), header(b"x-polydesk-strict"), header(b"x-polydesk-timeout-s"))


@lru_cache(maxsize=256)
def _wishes(data_class: str | None, strict: str | None, timeout_s: str | None) -> Wishes:
    if data_class is not None and data_class not in DATA_CLASSES:
        raise _refused("x-polydesk-data-class", f"one of {', '.join(DATA_CLASSES)}")
    return Wishes(data_class=data_class, strict=_flag(strict), timeout_s=_seconds(timeout_s))


def cache_wish_of(request: Request) -> Literal["use", "renew", "pass"]:
    """Whether an answer may come from the cache, must be a new one that is kept, or has nothing to do with it.

    The words are HTTP's: https://www.rfc-editor.org/rfc/rfc9111#section-5.2.1 (checked 2026-11-24).
    """
    said = request.header(b"cache-control")
    if said is None:
        return "use"
    directives = {directive.strip().lower() for directive in said.split(",")}
    if "no-store" in directives:
        return "pass"
    return "renew" if directives & {"no-cache", "max-age=0"} else "use"


def _refuse_web_sites(request: Request) -> None:
    """Refuse what the browser of this machine sends for somebody else's page, where no key tells friend from foe.

    Such a page names its own host as `Origin` (https://www.rfc-editor.org/rfc/rfc6454#section-7.3) or, where its name
    was made to mean this machine, as `Host`.
    """
    host, origin = request.header(b"host"), request.header(b"origin")
    is_ours = host is None or _is_this_machine(f"//{host}")
    if origin is not None and (origin == "null" or origin.startswith(("http://", "https://"))):
        is_ours = is_ours and _is_this_machine(origin)
    if not is_ours:
        raise NotPermittedError(
            "Without a key the gateway answers programs of this machine alone, and this request is for, or of, another "
            "host. `polydesk keys create` makes a key.",
            rule="web_site",
        )


@lru_cache(maxsize=256)
def _is_this_machine(address: str) -> bool:
    try:
        name = urlsplit(address).hostname or ""
        return name == "localhost" or name.endswith(".localhost") or ip_address(name).is_loopback
    except ValueError:
        return False


def _flag(value: str | None) -> bool:
    if value is not None and value not in ("true", "false"):
        raise _refused("x-polydesk-strict", "true or false")
    return value == "true"


def _seconds(value: str | None) -> float | None:
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise _refused("x-polydesk-timeout-s", "a number of seconds above 0")
    return seconds


def _refused(header: str, expected: str) -> RefusedRequestError:
    failure = Failure(status=400, kind="invalid_request", message=f"{header} must be {expected}.", param=header)
    return RefusedRequestError(failure)
