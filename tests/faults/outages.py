"""Outages that vendors or their customers have written down, as what a client saw request after request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from tests.faults.world import VendorName
from tests.vendors.http_server import Cut, ErrorInStream, Fault, Refuse, Reply, Reset, Stall

BAD_GATEWAY = Reply(status=502, body=b"<html><body>502 Bad Gateway</body></html>", content_type="text/html")
OVERLOADED = Reply(
    status=529,
    body=json.dumps({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}).encode(),
)
UNAUTHORIZED = Reply(
    status=401,
    body=json.dumps({"type": "error", "error": {"type": "authentication_error", "message": "Invalid"}}).encode(),
)


@dataclass(frozen=True, kw_only=True)
class Outage:
    """What one vendor did, and where that is told. All sources were checked on 2026-11-24."""

    vendor: VendorName
    on: date | None
    """The day, or that of the report; None where the source does not say."""
    what: str
    source: str
    series: tuple[Fault, ...]
    """What successive requests met, over and over until the end."""


OUTAGES = [
    Outage(
        vendor="openai",
        on=date(2022, 8, 19),
        what="the public load balancer took no traffic for an hour",
        source="https://status.openai.com/incidents/01JMYB7VV47SA4VDVW4G8R7DB8/write-up",
        series=(Cut(at=0), Reset(at=0)),
    ),
    Outage(
        vendor="openai",
        on=None,
        what="time-outs, 429 while a model was loaded, and 503",
        source="https://status.openai.com/incidents/01JMYB80MRDHY3W4NZRAPC00WB/write-up",
        series=(Stall(at=0), Refuse(status=429), Refuse(status=503)),
    ),
    Outage(
        vendor="openai",
        on=date(2023, 11, 8),
        what="502 and 503 for an hour and a half",
        source="https://status.openai.com/incidents/00fpy0yxrx1q",
        series=(BAD_GATEWAY, Refuse(status=503)),
    ),
    Outage(
        vendor="openai",
        on=date(2024, 8, 16),
        what="connections lost in two waves, then restarting services",
        source="https://status.openai.com/incidents/s9d5cv5jcy7x",
        series=(Reset(at=1_200), Reset(at=0), Refuse(status=503), Refuse(status=500)),
    ),
    Outage(
        vendor="anthropic",
        on=date(2026, 2, 25),
        what="500 for several models",
        source="https://github.com/anthropics/claude-code/issues/28643",
        series=(Refuse(status=500),),
    ),
    Outage(
        vendor="anthropic",
        on=date(2026, 3, 18),
        what="529 for more than three hours",
        source="https://github.com/anthropics/claude-code/issues/35704",
        series=(OVERLOADED,),
    ),
    Outage(
        vendor="openai",
        on=date(2026, 3, 9),
        what="400 and 429 for a part of the traffic to one model",
        source="https://dev.to/gabrielanhaia/openai-outage-postmortem-what-status-pages-dont-tell-you-2jga",
        series=(Refuse(status=400), Refuse(status=429)),
    ),
    Outage(
        vendor="anthropic",
        on=date(2026, 4, 28),
        what="good keys refused, and elevated errors, for 78 minutes",
        source="https://paper-digest.app/en/papers/hn_47938097",
        series=(UNAUTHORIZED, Refuse(status=500)),
    ),
    Outage(
        vendor="anthropic",
        on=date(2026, 5, 22),
        what="200, and then overloaded as an event of the stream",
        source="https://github.com/byte5ai/omadia/pull/122",
        series=(ErrorInStream(after_events=1), ErrorInStream(after_events=6)),
    ),
    Outage(
        vendor="anthropic",
        on=date(2026, 6, 21),
        what="answers that stopped before their end",
        source="https://dev.to/aarhamforensics_eb3c024eb/is-claude-down-right-now-live-outage-breakdown-fixes-2m4m",
        series=(Cut(at=1_300), OVERLOADED, Cut(at=1_700)),
    ),
]
