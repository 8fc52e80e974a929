"""Which exit code tells which failure: the one table of this door.

0 is success. 64 to 78 are left to sysexits.h, of which only 70 (EX_SOFTWARE) is used; 128 and more say, as shells do,
which signal ended the command.
"""

from __future__ import annotations

from polydesk.core import errors

USAGE = 2
BROKEN = 50
"""`polydesk doctor` found something that does not work."""
UNEXPECTED = 70
"""A fault of ours; the traceback has been written to a file."""
INTERRUPTED = 130
"""Ctrl-C: 128 and SIGINT."""
PIPE_CLOSED = 141
"""The reader of our output went away: 128 and SIGPIPE."""

EXIT_CODES: dict[type[errors.PolydeskError], int] = {
    errors.PolydeskError: 1,
    errors.UsageError: USAGE,
    errors.UnreadableDocumentError: 3,
    errors.AnchorNotFoundError: 4,
    errors.EditConflictError: 5,
    errors.UnsupportedEditError: 6,
    errors.ProtectedDocumentError: 7,
    errors.OfficeError: 8,
    errors.OutputError: 9,
    errors.SettingsError: 10,
    errors.StoreError: 11,
    errors.WeightsError: 12,
    errors.RecordNotFoundError: 13,
    errors.ReplyError: 14,
    errors.MailboxError: 15,
    errors.NoCandidateError: 20,
    errors.PlanExhaustedError: 21,
    errors.RoutingError: 22,
    errors.ProviderError: 30,
    errors.ProviderUnavailableError: 31,
    errors.RateLimitError: 32,
    errors.AuthenticationError: 33,
    errors.ModelNotFoundError: 34,
    errors.RequestRejectedError: 35,
    errors.ContextLengthError: 36,
    errors.ContentFilteredError: 37,
    errors.MalformedResponseError: 38,
    errors.UntranslatableError: 39,
    errors.GovernanceError: 40,
    errors.KeyRefusedError: 41,
    errors.NotPermittedError: 42,
    errors.RateExceededError: 43,
    errors.BudgetExceededError: 44,
    errors.LimitsUnavailableError: 45,
}


def exit_code(error: errors.PolydeskError) -> int:
    """The code of the nearest class of `error` in the table."""
    return next(EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES)
