"""A mailbox opened by what its account speaks."""

from __future__ import annotations

import ssl

from polydesk.mailboxes.base import Account, Mailbox
from polydesk.mailboxes.graph import GraphMailbox
from polydesk.mailboxes.imap import ImapMailbox
from polydesk.mailboxes.oauth import token_source


def open_mailbox(account: Account, *, tls: ssl.SSLContext | None = None) -> Mailbox:
    """The mailbox of an account. `tls` as None trusts the system's certificates. Raises MailboxError, SettingsError."""
    token = token_source(account, tls=tls)
    if account.kind == "graph":
        return GraphMailbox(account, token=token, tls=tls)
    return ImapMailbox(account, token=token, tls=tls)
