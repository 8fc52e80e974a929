"""What every door needs beside its dialect: who may ask, who is asked, and how it is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

import msgspec

from polydesk.catalog.card import DataClass, Dialect, ModelCard
from polydesk.configuration.plans import Resolved
from polydesk.core.errors import NotPermittedError
from polydesk.core.receipts import Caller, CallReceipt
from polydesk.gateway.callers import DATA_CLASSES, Wishes
from polydesk.inference.inference import Inference
from polydesk.routing.needs import Choice, Needs
from polydesk.routing.plans import Plan


class Ticket(Protocol):
    """A request that was let in, until what it used is known."""

    def settle(self, tokens: int | None, cost_usd: Decimal | None) -> None:
        """Count what was really used; None is unknown, and what was reserved stays counted. Only the first counts."""
        ...

    def cancel(self) -> None:
        """Free what was reserved. Nothing after `settle`."""
        ...


class Admitted(Protocol):
    """A caller whose key is good."""

    @property
    def caller(self) -> Caller | None: ...

    @property
    def permitted_models(self) -> frozenset[str] | None: ...

    @property
    def permitted_providers(self) -> frozenset[str] | None: ...

    @property
    def data_class(self) -> DataClass:
        """The most careful class of data that it may send."""
        ...

    def begin(self, tokens: int, worst_cost_usd: Decimal | None) -> Ticket:
        """Let a request in that may use so much. Raises RateExceededError and BudgetExceededError."""
        ...

    def headers(self) -> dict[str, str]:
        """What is left of its limits, as headers of the answer."""
        ...


class Admission(Protocol):
    """Knows the keys."""

    def admit(self, secret: str | None, /) -> Admitted:
        """The caller that shows `secret`. Raises KeyRefusedError."""
        ...


class Watcher(Protocol):
    """Sees what the gateway does: metrics, traces and logs."""

    def call_ended(self, receipt: CallReceipt, *, door: str) -> None:
        """A model was asked, and the call was written down."""
        ...

    def request_ended(
        self,
        *,
        request_id: str,
        door: str,
        status: int,
        error: str | None,
        duration_s: float,
        receipt: CallReceipt | None,
    ) -> None:
        """A request was answered, well or not. `receipt` is None where nobody was asked."""
        ...

    def fault(self, error: Exception, *, request_id: str) -> None:
        """Something went wrong inside the program."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the doors share."""

    inference: Inference
    admission: Admission
    resolve: Callable[[str], Resolved]
    """What a model's name stands for, virtual or not. Raises UsageError for an unknown one."""
    worst_cost_usd: Callable[[Plan, Needs], Decimal | None]
    """What a call may cost at most; None when that is unknown."""
    watcher: Watcher
    dialects: Mapping[str, Dialect]
    """Of each provider."""
    clock: Callable[[], datetime]
    elapsed_s: Callable[[], float]
    request_timeout_s: float

    def choice(self, resolved: Resolved, admitted: Admitted, wishes: Wishes) -> Choice:
        """Who may be asked what was asked of `resolved`. Raises NotPermittedError."""
        permitted = admitted.permitted_models
        if permitted is not None and resolved.virtual and resolved.name in permitted:
            permitted = None  # a key that permits a virtual model permits those that its plan names
        return msgspec.structs.replace(
            resolved.choice,
            permitted_models=permitted,
            permitted_providers=admitted.permitted_providers,
            data_class=self.data_class(admitted, wishes, resolved.choice.data_class),
        )

    def data_class(self, admitted: Admitted, wishes: Wishes, planned: DataClass) -> DataClass:
        """The class of what is sent: the most careful that the client or the plan names, if its key may send that."""
        wished = planned
        if wishes.data_class is not None and DATA_CLASSES.index(wishes.data_class) > DATA_CLASSES.index(planned):
            wished = wishes.data_class
        if DATA_CLASSES.index(wished) > DATA_CLASSES.index(admitted.data_class):
            raise NotPermittedError(
                f"The key may send {admitted.data_class} data, not {wished} data.", rule="data_class"
            )
        return wished

    def deadline_s(self, wishes: Wishes) -> float:
        """How long the whole answer may take."""
        return min(self.request_timeout_s, wishes.timeout_s or self.request_timeout_s)

    def dialect_of(self, card: ModelCard) -> Dialect:
        """The dialect in which the model is spoken to."""
        return self.dialects[card.provider]
