"""The keys by which the gateway knows who asks."""

from __future__ import annotations

from datetime import datetime

import msgspec

from polydesk.core.budgets import Budget


class GatewayKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key, without its secret, which is kept nowhere."""

    id: str
    """`key_` and 26 characters that sort by time; public."""
    name: str
    """What people call it. A key that takes another's place may have its name."""
    hint: str
    """How its secret begins, by which its holder recognises it."""
    created_at: datetime
    team: str | None = None
    user: str | None = None
    expires_at: datetime | None = None
    """The first instant at which it is refused; None never comes."""
    revoked_at: datetime | None = None
    """None while it has not been revoked."""
    permitted_models: tuple[str, ...] | None = None
    """Ids, names, or virtual names such as `polydesk/auto`; None permits all."""
    permitted_providers: tuple[str, ...] | None = None
    """None permits all."""
    requests_per_minute: int | None = None
    """None is what the configuration says of keys that do not say."""
    tokens_per_minute: int | None = None
    """Read and written together; None as above."""
    max_parallel: int | None = None
    """Calls under way at once; None as above."""
    data_class: str = "internal"
    """The data in most need of care that it may send."""
    budget: Budget | None = None
    """A budget of its own, beside those of the configuration."""
