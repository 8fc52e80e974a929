"""How hard a call tries to get its answer."""

from __future__ import annotations

from typing import Literal

import msgspec

Hedge = Literal["off", "auto"] | float


class Survival(msgspec.Struct, frozen=True, kw_only=True):
    """Limits and habits of the attempts of a call. Times are in seconds."""

    first_token_s: float = 120.0
    """How long one model may take to begin a streamed answer while another could be asked, and at most half of the time
    that is left. For a whole answer it is that half, since nothing shows that it has begun; the last model has it all.
    """
    idle_s: float = 60.0
    """The longest silence inside a streamed answer. What is learnt of a model shortens it, never below `min_idle_s`."""
    min_idle_s: float = 10.0
    hedge: Hedge = "off"
    """When the next model is asked too because the first has not begun: after so many seconds, after what is usual for
    it (`auto`: the 95th percentile of its last answers), or never."""
    hold_tool_calls: bool = True
    """Whether a streamed tool call is kept back until the answer is whole, while another model could take over: half a
    call that was given away cannot be taken back."""
    retries: int = 2
    """How often the last model that could answer is asked again after a failure that may pass."""
    retry_delay_s: float = 0.5
    """Before the first such retry; each further one waits twice as long."""
    breaker_failures: int = 5
    """Failures in a row after which a model is left for last."""
    breaker_open_s: float = 10.0
    """For how long; then one call tries it, and each failure of such a trial doubles the time, up to a minute."""
    queue_wait_s: float = 2.0
    """How long a request may be expected to wait for a busy model of this machine before another is asked first."""
