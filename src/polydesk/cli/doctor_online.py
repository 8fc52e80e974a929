"""What `polydesk doctor --online` asks of the endpoints: whether each is reached, what time it has, and the key."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from polydesk.app import App, World, proxy_for
from polydesk.catalog.card import ModelCard, ProviderCard
from polydesk.cli.config import public_address
from polydesk.cli.doctor_here import Finding, State
from polydesk.core.errors import AuthenticationError, PolydeskError, ProviderError, RateLimitError
from polydesk.core.messages import ModelRequest, user_message
from polydesk.inference.answers import same_request
from polydesk.routing.needs import Choice, needs_of

TIMEOUT_S = 10.0
DEADLINE_S = 60.0
"""For a model's short answer; one that reasons takes its time."""
SKEW_NOTED_S = 30.0
SKEW_BROKEN_S = 240.0
"""Signed requests are refused when the clock is five minutes off."""
_MOST_TOKENS = 16
_QUESTION = "Answer with the word yes."


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """What one address answered."""

    finding: Finding
    skew_s: float | None = None
    """Its clock less ours; None when it did not say."""


async def endpoint_findings(app: App) -> list[Finding]:
    """Each provider that can be used: reached, then asked with its key. The calls are recorded like any others."""
    cards = [card for card in app.world.catalog.providers if card.name in app.world.available().providers]
    remote = [card for card in cards if card.base_url is not None]
    reached = await asyncio.gather(*(asyncio.to_thread(reach, card, app.world) for card in remote))
    there = [card for card, one in zip(remote, reached, strict=True) if one.finding.state != "broken"]
    answers = await asyncio.gather(*(_answer_finding(card, app) for card in there))
    skews = [one.skew_s for one in reached if one.skew_s is not None]
    return [*(one.finding for one in reached), *answers, *([_skew_finding(skews)] if skews else [])]


def reach(card: ProviderCard, world: World, *, wall: Callable[[], float] = time.time) -> Reached:
    """Whether the address of `card` resolves, connects and speaks HTTP. No key is sent."""
    url = world.settings.base_urls.get(card.name) or card.base_url or ""
    parts = urlsplit(url)
    proxy = proxy_for(url, world.settings)
    check = f"endpoint:{card.name}"
    place = public_address(f"{parts.scheme}://{parts.netloc}")
    way = f"{place} through the proxy" if proxy else place
    try:
        date = _date_of(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/", proxy, world.settings.ca_file)
    except (OSError, http.client.HTTPException) as exc:
        what = f"{card.title} at {way} is not reached: {_cause(exc)}."
        return Reached(
            finding=Finding(check=check, state="broken", what=what, remedy=_remedy(exc, proxied=bool(proxy)))
        )
    skew = None if date is None else date.timestamp() - wall()
    return Reached(finding=Finding(check=check, state="ok", what=f"{card.title} is reached at {way}."), skew_s=skew)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any, **options: Any) -> None:
        return None


def _date_of(url: str, proxy: str | None, ca_file: Any) -> datetime | None:
    """The time that the server at `url` has; None when it does not say. Any answer will do."""
    context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({} if proxy is None else {"http": proxy, "https": proxy}),
        urllib.request.HTTPSHandler(context=context),
        _NoRedirects(),
    )
    request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - settings let only http and https in
    try:
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            date = answer.headers.get("date")
    except urllib.error.HTTPError as refused:
        with refused:
            date = refused.headers.get("date")
    try:
        return None if date is None else parsedate_to_datetime(date)
    except ValueError:
        return None


def _cause(error: BaseException) -> str:
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    match inner:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({inner.verify_message})"
        case socket.gaierror():
            return "its name does not resolve"
        case TimeoutError():
            return f"it did not answer within {TIMEOUT_S:g} s"
        case OSError():
            return (inner.strerror or type(inner).__name__).lower()
        case _:
            return str(inner) or type(inner).__name__


def _remedy(error: BaseException, *, proxied: bool) -> str:
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(inner, ssl.SSLCertVerificationError):
        return "Name the certificates of your network's own authority with SSL_CERT_FILE."
    if proxied:
        return "Check the proxy variables, and that the proxy lets this host through."
    return "Check the network, the firewall and `base_url`; behind a proxy set HTTPS_PROXY."


async def _answer_finding(card: ProviderCard, app: App) -> Finding:
    check = f"answer:{card.name}"
    models = [model for model in app.world.catalog.models if model.provider == card.name and model.kind == "chat"]
    if not models:
        return Finding(check=check, state="note", what=f"{card.title} has no chat model to ask.")
    request = ModelRequest(model="", messages=(user_message(_QUESTION),), max_output_tokens=_MOST_TOKENS)
    try:
        choice = Choice(models=_ids(models), order="cheapest", max_steps=1, data_class="public")
        plan = app.inference.plan(needs_of(request), choice)
        answer = await app.inference.send(same_request(request), plan=plan, purpose="doctor", deadline_s=DEADLINE_S)
    except PolydeskError as error:
        return _failure_finding(check, card, error)
    return Finding(check=check, state="ok", what=f"{answer.card.id} answers, and the key is good.")


def _ids(models: Sequence[ModelCard]) -> tuple[str, ...]:
    return tuple(model.id for model in models)


def _failure_finding(check: str, card: ProviderCard, error: PolydeskError) -> Finding:
    state: State = "broken"
    match error:
        case AuthenticationError():
            remedy = f"Get a new key for {card.title} and set {card.key_variable or 'its key file'}."
        case RateLimitError():
            state, remedy = "warning", "Wait, or raise the limits of the account."
        case ProviderError():
            state, remedy = "warning", "Try again later; if it stays, choose another model or check `base_url`."
        case _:
            state, remedy = "warning", "See what `polydesk config check` says of this provider."
    return Finding(check=check, state=state, what=f"{card.title} was asked: {error}", remedy=remedy)


def _skew_finding(skews: Sequence[float]) -> Finding:
    """The clock held against the endpoints': the median, for one of them may be wrong itself."""
    skew = sorted(skews)[len(skews) // 2]
    remedy = "Let the machine keep its clock by NTP."
    words = f"This machine's clock is {abs(skew):.0f} s {'behind' if skew > 0 else 'ahead of'} the endpoints'."
    if abs(skew) >= SKEW_BROKEN_S:
        return Finding(check="clock:endpoints", state="broken", what=words, remedy=remedy)
    if abs(skew) >= SKEW_NOTED_S:
        return Finding(check="clock:endpoints", state="warning", what=words, remedy=remedy)
    return Finding(check="clock:endpoints", state="ok", what="This machine's clock agrees with the endpoints'.")
