"""What every door needs beside its dialect: who may ask, who is asked, and how it is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

import msgspec

from polydesk.catalog.card import DataClass, ModelCard
from polydesk.configuration.plans import Resolved
from polydesk.core.errors import NotPermittedError
from polydesk.core.receipts import CallReceipt
from polydesk.gateway.cache.desk import CacheDesk
from polydesk.gateway.callers import DATA_CLASSES, Wishes
from polydesk.gateway.server.request import Request
from polydesk.governance.admission import Admission, Admitted
from polydesk.inference.inference import Inference
from polydesk.routing.needs import Choice, Needs
from polydesk.routing.plans import Plan
from polydesk.telemetry.traceparent import CallTrace


class Watcher(Protocol):
    """Sees what the gateway does: metrics, traces and logs."""

    def begin(self, request: Request) -> CallTrace | None:
        """The trace of a request that begins; None while traces are off."""
        ...

    def call_ended(self, receipt: CallReceipt, *, door: str, status: int, trace: CallTrace | None) -> None:
        """A request was answered, and the call that it made was written down."""
        ...

    def refused(self, error: Exception, *, door: str, status: int, request_id: str) -> None:
        """A request was refused before any model was asked."""
        ...

    def warned(self) -> None:
        """A request was let in that a budget warns of."""
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
    dialects: Mapping[str, str]
    """Of each provider."""
    clock: Callable[[], datetime]
    elapsed_s: Callable[[], float]
    request_timeout_s: float
    cache: CacheDesk | None = None
    """None where every request asks a model."""

    def choice(self, resolved: Resolved, admitted: Admitted, wishes: Wishes) -> Choice:
        """Who may be asked what was asked of `resolved`. Raises NotPermittedError."""
        permitted = admitted.permitted_models
        if permitted is not None and resolved.virtual and resolved.name in permitted:
            permitted = None  # a key that permits a virtual model permits those that its plan names
        providers = admitted.permitted_providers
        data_class = self.data_class(admitted, wishes, resolved.choice.data_class)
        if permitted is None and providers is None and data_class == resolved.choice.data_class:
            return resolved.choice
        return msgspec.structs.replace(
            resolved.choice, permitted_models=permitted, permitted_providers=providers, data_class=data_class
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

    def dialect_of(self, card: ModelCard) -> str:
        """The dialect in which the model is spoken to."""
        return card.dialect or self.dialects[card.provider]
