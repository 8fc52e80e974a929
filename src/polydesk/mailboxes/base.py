"""What a live mailbox is and can do, whatever it speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import msgspec

from polydesk.core.errors import MailboxError
from polydesk.office.mail.views import SummaryView

Security = Literal["tls", "starttls", "none"]
Auth = Literal["password", "xoauth2", "oauthbearer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """How an access token is got for a refresh token (RFC 6749, 6)."""

    token_url: str
    client_id: str
    scope: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A mailbox and how to reach it."""

    name: str
    kind: Literal["imap", "graph"]
    user: str
    """The user's name at the server, usually an address. For Graph `me`, or the user whose mailbox it is."""
    secret: str = field(repr=False)
    """Password, access token, or with `refresh` a refresh token."""
    host: str = ""
    port: int | None = None
    """None for the usual one."""
    security: Security = "tls"
    auth: Auth = "password"
    base_url: str = "https://graph.microsoft.com/v1.0"
    """Of Graph."""
    refresh: Refresh | None = None
    own_addresses: tuple[str, ...] = ()
    """Addresses at which the user gets mail; the user's name is one when it has an `@`."""
    drafts: str | None = None
    """The folder for drafts; None asks the server."""
    timeout_s: float = 60.0

    @property
    def addresses(self) -> tuple[str, ...]:
        """All own addresses, that for drafts first."""
        own = (self.user,) if "@" in self.user and self.user not in self.own_addresses else ()
        return (*self.own_addresses, *own)


class FolderView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A folder of a mailbox."""

    name: str
    id: str
    """By which it is named: for IMAP the name itself."""
    messages: int | None = None
    """How many mails it holds; None when that was not asked."""
    unread: int | None = None
    role: str | None = None
    """`drafts`, `sent`, `trash`, `junk`, `archive`, `inbox`; None for a folder of the user's own."""


class ChangesView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is new or changed in a folder."""

    mails: tuple[SummaryView, ...]
    since: str
    """What to ask with next time."""
    gone: tuple[str, ...] = ()
    """Places of mails that are no longer there, where the server tells."""


class Mailbox(Protocol):
    """A live mailbox. A place names one mail for good: when the server numbers its mails anew, AnchorNotFoundError says
    so. Every method raises MailboxError when the server cannot be reached or refuses."""

    account: Account

    def folders(self) -> list[FolderView]:
        """All folders that hold mails."""
        ...

    def summaries(self, folder: str, *, query: str | None = None, limit: int = 50) -> list[SummaryView]:
        """The latest mails of a folder, the latest first; with `query` those that hold the words."""
        ...

    def changes(self, folder: str, since: str | None = None) -> ChangesView:
        """Mails that are new or changed since an earlier answer said `since`; None asks for all. Raises
        AnchorNotFoundError when the server no longer knows that point."""
        ...

    def read(self, place: str) -> bytes:
        """The mail at a place, with every byte. It is not marked as read."""
        ...

    def save_draft(self, data: bytes, *, answers: str | None = None, how: str | None = None) -> str:
        """Put a draft into the folder for drafts; its place. `answers` and `how` (`reply`, `reply_all`, `forward`) say
        to which mail it belongs."""
        ...

    def replace_draft(self, place: str, data: bytes) -> str:
        """Put another state of a draft in its place; the new place. Raises ProtectedDocumentError for what is none."""
        ...

    def set_flags(self, place: str, changes: dict[str, bool]) -> None:
        """Mark or unmark a mail as `read`, `flagged`, `answered`."""
        ...

    def set_categories(self, place: str, *, add: Sequence[str], remove: Sequence[str]) -> None:
        """Add categories and take some away."""
        ...

    def move(self, place: str, folder: str) -> str:
        """Move a mail to another folder; its new place."""
        ...

    def close(self) -> None:
        """Leave."""
        ...


def failed(account: Account, what: str, why: str, remedy: str) -> MailboxError:
    """The error to raise, in one form for all mailboxes; `why` is never what a server repeats of a secret."""
    return MailboxError(f"The mailbox {account.name!r} {what}: {without(account, why)}. {remedy}", mailbox=account.name)


def without(account: Account, text: str) -> str:
    """`text` without the account's secret, on one line and not too long."""
    clean = text.replace(account.secret, "…") if account.secret else text
    return " ".join(clean.split())[:300].rstrip(".")
