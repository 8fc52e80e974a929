"""Every error Polydesk raises on purpose, grouped by what the caller can do about it.

PolydeskError
├─ UsageError                     the caller asked for something that cannot be meant     → fix the command
├─ SettingsError                  the environment or a setting is wrong                   → fix the setting
├─ ProviderError                  provider, model, status_code, code, request_id
│  ├─ ProviderUnavailableError    timeouts, 5xx, dropped streams                          → next step of the plan
│  ├─ RateLimitError              retry_after_s                                           → wait, or next step
│  ├─ AuthenticationError                                                                 → tell the operator
│  ├─ ModelNotFoundError                                                                  → next step; fix the name
│  ├─ RequestRejectedError        param                                                   → our bug or the caller's
│  │  ├─ ContextLengthError       limit_tokens, sent_tokens                               → shorten, or a larger model
│  │  └─ UntranslatableError      notes: what the provider could not be told              → next step, or less strict
│  ├─ ContentFilteredError                                                                → tell the user
│  └─ MalformedResponseError      excerpt                                                 → next step
├─ RoutingError
│  ├─ NoCandidateError            rejections: every candidate and its reason              → permit or configure a model
│  └─ PlanExhaustedError          attempts, in order                                      → tell the user every reason
├─ GovernanceError                a caller may not do what it asks                        → as below
│  ├─ KeyRefusedError             no, an unknown, a revoked or an expired key             → another key
│  ├─ NotPermittedError           rule                                                    → ask who gave the key
│  ├─ RateExceededError           limit, retry_after_s                                    → wait
│  ├─ BudgetExceededError         budget, resets_at                                       → wait, or raise the budget
│  └─ LimitsUnavailableError      shared limits and budgets cannot be asked               → wait; let the engine run
├─ WeightsError                   name                                                    → pull again, or free space
├─ StoreError                     path                                                    → free space, or move the file
├─ OutputError                    path                                                    → free space, or another place
├─ ReplyError                     reply, problem                                          → ask the model again, once
├─ MailboxError                   mailbox, status                                         → fix the account, or later
├─ RecordNotFoundError            the asked receipt or change is not in the store         → name another
└─ OfficeError                    path, part
   ├─ UnreadableDocumentError     encrypted, corrupt, hostile, or another format          → another file
   ├─ AnchorNotFoundError         the place is gone or its text has changed               → read the view again
   ├─ EditConflictError           two edits of one list touch the same words              → drop one of them
   ├─ UnsupportedEditError        the edit cannot be made faithfully here                 → another edit, or direct
   └─ ProtectedDocumentError      signed or protected, and not told to go on              → confirm, or unprotect
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from polydesk.core.notes import Note
    from polydesk.core.problems import Problem
    from polydesk.core.receipts import Attempt, Rejection


class PolydeskError(Exception):
    """Root of every error that a door shows to its user in one sentence."""


class UsageError(PolydeskError):
    """The request contradicts itself or names something that does not exist."""


class SettingsError(PolydeskError):
    """A setting or environment variable has a value that cannot be used."""

    problems: tuple[Problem, ...] = ()
    """Every fault of a configuration file; empty for anything else."""


class ProviderError(PolydeskError):
    """A provider did not answer a request, and why."""

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        model: str | None = None,
        status_code: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.model = model
        self.status_code = status_code
        """HTTP status; None when no response arrived."""
        self.code = code
        """The provider's own word for the failure, untranslated; None when it gave none."""
        self.request_id = request_id
        """The provider's id for the exchange, for its support; None when it gave none."""


class ProviderUnavailableError(ProviderError):
    """The provider could not be reached, failed inside, or broke off: another may still answer."""


class RateLimitError(ProviderError):
    """The provider refuses for now."""

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        model: str | None = None,
        status_code: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(
            message, provider=provider, model=model, status_code=status_code, code=code, request_id=request_id
        )
        self.retry_after_s = retry_after_s
        """Seconds the provider asks to wait; None when it does not say."""


class AuthenticationError(ProviderError):
    """The credential is missing, wrong, or may not use this model."""


class ModelNotFoundError(ProviderError):
    """The provider does not know the model (any more)."""


class RequestRejectedError(ProviderError):
    """The provider calls the request itself wrong."""

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        model: str | None = None,
        status_code: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(
            message, provider=provider, model=model, status_code=status_code, code=code, request_id=request_id
        )
        self.param = param
        """The parameter the provider names; None when it names none."""


class ContextLengthError(RequestRejectedError):
    """The request does not fit the model's context window."""

    limit_tokens: int | None = None
    """The model's limit; None when the provider does not say."""
    sent_tokens: int | None = None
    """What was sent; None when the provider does not say."""


class UntranslatableError(RequestRejectedError):
    """A strict request says something that this provider's dialect has no words for. Nothing was sent."""

    notes: Sequence[Note] = ()
    """Each thing that could not be said."""


class ContentFilteredError(ProviderError):
    """The provider's own content filter refused the request or the answer."""


class MalformedResponseError(ProviderError):
    """The provider answered with something its own schema does not allow."""

    excerpt: str = ""
    """The beginning of the payload, without credentials."""


class RoutingError(PolydeskError):
    """No model could be used for a request."""


class NoCandidateError(RoutingError):
    """Every known model was rejected before anything was sent."""

    def __init__(self, message: str, *, rejections: Sequence[Rejection]) -> None:
        super().__init__(message)
        self.rejections = list(rejections)


class PlanExhaustedError(RoutingError):
    """Every step of the plan was tried and failed."""

    def __init__(self, message: str, *, attempts: Sequence[Attempt]) -> None:
        super().__init__(message)
        self.attempts = list(attempts)


class GovernanceError(PolydeskError):
    """A caller may not do what it asks."""


class KeyRefusedError(GovernanceError):
    """The caller's key is missing, unknown, revoked or expired."""


class NotPermittedError(GovernanceError):
    """The caller's key does not permit what it asks."""

    def __init__(self, message: str, *, rule: str) -> None:
        super().__init__(message)
        self.rule = rule
        """A stable word for the rule, such as `model_not_permitted`."""


class RateExceededError(GovernanceError):
    """The caller has used up its requests or tokens for now."""

    def __init__(self, message: str, *, limit: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.limit = limit
        """`requests_per_minute`, `tokens_per_minute` or `max_parallel`."""
        self.retry_after_s = retry_after_s


class BudgetExceededError(GovernanceError):
    """The expected cost of the request does not fit into what is left of a budget."""

    def __init__(self, message: str, *, budget: str, resets_at: datetime | None) -> None:
        super().__init__(message)
        self.budget = budget
        self.resets_at = resets_at
        """When its next period begins; None for a budget without periods."""


class LimitsUnavailableError(GovernanceError):
    """The limits and budgets that workers share cannot be asked now, and nobody is let in without."""


class WeightsError(PolydeskError):
    """A model's weights could not be found, fetched, or trusted."""

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.name = name


class StoreError(PolydeskError):
    """The database of records is damaged, full, locked, or made by a newer Polydesk."""

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(message)
        self.path = path


class OutputError(PolydeskError):
    """A result cannot be written where it was asked for; what lay there before is untouched."""

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(message)
        self.path = path


class MailboxError(PolydeskError):
    """A live mailbox cannot be reached, lets nobody in, or refuses what was asked."""

    def __init__(self, message: str, *, mailbox: str) -> None:
        super().__init__(message)
        self.mailbox = mailbox
        """Its name in the configuration."""
        self.status: int | None = None
        """The HTTP status with which it refused; None where there is none."""


class ReplyError(PolydeskError):
    """A model's reply cannot be used."""

    def __init__(self, message: str, *, reply: str, problem: str) -> None:
        super().__init__(message)
        self.reply = reply
        self.problem = problem
        """One sentence that is also fit to be sent back to the model."""


class RecordNotFoundError(PolydeskError):
    """Nothing in the store answers to that id, file or change."""


class OfficeError(PolydeskError):
    """An office file cannot be read or edited as asked."""

    def __init__(self, message: str, *, path: str | None = None, part: str | None = None) -> None:
        super().__init__(message)
        self.path = path
        """The file, as the caller named it; None when it came as bytes."""
        self.part = part
        """The part inside the package; None when the fault is in the package itself."""


class UnreadableDocumentError(OfficeError):
    """The file is encrypted, corrupt, hostile, or of another format."""


class AnchorNotFoundError(OfficeError):
    """The anchored place does not exist, or no longer holds what the anchor saw."""


class EditConflictError(OfficeError):
    """Two edits of one list touch the same words."""


class UnsupportedEditError(OfficeError):
    """The edit cannot be made at this place without losing something."""


class ProtectedDocumentError(OfficeError):
    """The document is signed or protected against editing, and the caller has not said to go on."""
