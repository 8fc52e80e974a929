"""A mailbox over IMAP (RFC 3501 and 9051): TLS, STARTTLS, password and OAuth 2.

A place is written as RFC 5092 writes it: `INBOX;UIDVALIDITY=1700000000/;UID=42`.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import quote, unquote

import imapclient  # pyright: ignore[reportMissingTypeStubs]  # it has none
import msgspec
from imapclient.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    CapabilityError,
    IMAPClientError,
    LoginError,
)

from polydesk.core.errors import (
    AnchorNotFoundError,
    ProtectedDocumentError,
    SettingsError,
    UnsupportedEditError,
)
from polydesk.mailboxes.base import Account, ChangesView, FolderView, failed
from polydesk.office.mail.threads import head_summary
from polydesk.office.mail.views import SummaryView

_PLACE = re.compile(r"([^;]+);UIDVALIDITY=(\d{1,10})/;UID=(\d{1,10})")
_FLAGS = {"read": b"\\Seen", "flagged": b"\\Flagged", "answered": b"\\Answered"}
_SHOWN = {
    b"\\seen": "read",
    b"\\flagged": "flagged",
    b"\\answered": "answered",
    b"\\draft": "draft",
    b"\\deleted": "deleted",
}
_ROLES = {b"\\drafts": "drafts", b"\\sent": "sent", b"\\trash": "trash", b"\\junk": "junk", b"\\archive": "archive"}
_KEYWORD = re.compile(r"[A-Za-z0-9!#$&'+,./:;<=>?@^_`|~-]+")
_NETWORK = (OSError, ssl.SSLError, socket.gaierror, EOFError)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_HEAD = "BODY.PEEK[HEADER]"


class ImapMailbox:
    """One connection to an IMAP server."""

    def __init__(
        self, account: Account, *, token: Callable[[], str] | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        """`token` gives an access token, None uses the account's secret as it is. `tls` as None trusts the system.

        Raises MailboxError, and SettingsError for a password without TLS beyond this machine.
        """
        self.account = account
        if account.security == "none" and account.host not in _LOOPBACK:
            raise SettingsError(
                f'The mailbox {account.name!r} has `security = "none"`, which would send its password in the clear; '
                "that is for this machine alone. Say `tls` or `starttls`."
            )
        with self._errors("cannot be reached", "Check host, port and security in the configuration."):
            context = tls or ssl.create_default_context()
            port = account.port or (993 if account.security == "tls" else 143)
            client: Any = imapclient.IMAPClient(
                account.host,
                port,
                ssl=account.security == "tls",
                ssl_context=context if account.security == "tls" else None,
                timeout=account.timeout_s,
            )
            self._client = client
        try:
            if account.security == "starttls":
                with self._errors("does not offer TLS", "Say `tls` if its port speaks TLS from the beginning."):
                    client.starttls(context)
            self._login(token)
        except BaseException:
            self._hang_up()
            raise

    def _login(self, token: Callable[[], str] | None) -> None:
        account = self.account
        try:
            if account.auth == "password":
                self._client.login(account.user, account.secret)
                return
            access = token() if token is not None else account.secret
            if account.auth == "xoauth2":
                self._client.oauth2_login(account.user, access)
            else:
                self._client.oauthbearer_login(account.user, access)
        except LoginError as exc:
            # The server's words may repeat what it was given.
            raise failed(
                account,
                "does not let you in",
                "the server refuses the user or the secret",
                "Check both, then try again.",
            ) from exc
        except (IMAPClientError, *_NETWORK) as exc:
            raise failed(account, "cannot be opened", type(exc).__name__, "Try again; `auth` may be another.") from exc

    @contextmanager
    def _errors(self, what: str, remedy: str = "Try again, or look at the server.") -> Generator[None]:
        try:
            yield
        except CapabilityError as exc:
            raise failed(self.account, what, f"the server cannot do it ({exc})", remedy) from exc
        except (IMAPClientError, *_NETWORK) as exc:
            raise failed(self.account, what, str(exc) or type(exc).__name__, remedy) from exc

    def folders(self) -> list[FolderView]:
        """All folders that can hold mails."""
        with self._errors("does not list its folders"):
            listed = cast("list[tuple[tuple[bytes, ...], bytes, str]]", self._client.list_folders())
        found: list[FolderView] = []
        for flags, _, name in listed:
            marks = {flag.lower() for flag in flags}
            if b"\\noselect" in marks or b"\\nonexistent" in marks:
                continue
            role = next((word for flag, word in _ROLES.items() if flag in marks), None)
            found.append(FolderView(name=name, id=name, role="inbox" if name.upper() == "INBOX" else role))
        return [self._counted(folder) for folder in found]

    def _counted(self, folder: FolderView) -> FolderView:
        with self._errors(f"cannot say what is in {folder.name!r}"):
            status = self._client.folder_status(folder.id, ["MESSAGES", "UNSEEN"])
        return FolderView(
            name=folder.name,
            id=folder.id,
            role=folder.role,
            messages=status.get(b"MESSAGES"),
            unread=status.get(b"UNSEEN"),
        )

    def summaries(self, folder: str, *, query: str | None = None, limit: int = 50) -> list[SummaryView]:
        """The latest mails of a folder, the latest first; with `query` those that hold the words."""
        validity = self._select(folder)
        with self._errors(f"cannot be searched in {folder!r}"):
            criteria: list[str] = ["TEXT", query] if query else ["ALL"]
            uids = self._client.search(criteria, charset=None if not query or query.isascii() else "UTF-8")
            chosen = sorted(uids, reverse=True)[:limit]
            fetched: dict[int, Any] = self._client.fetch(chosen, [_HEAD, "FLAGS", "RFC822.SIZE"]) if chosen else {}
        return [self._summary(folder, validity, uid, fetched[uid]) for uid in chosen if uid in fetched]

    def changes(self, folder: str, since: str | None = None) -> ChangesView:
        """New mails and, where the server counts changes (RFC 7162), changed ones; what is gone is not told."""
        validity = self._select(folder)
        counts = self._client.has_capability("CONDSTORE")
        with self._errors(f"does not say what is new in {folder!r}"):
            words = ["UIDNEXT", "HIGHESTMODSEQ"] if counts else ["UIDNEXT"]
            status = self._client.folder_status(folder, words)
            self._select(folder)
            old_next, old_count = _point(since, validity)
            uids = [uid for uid in self._client.search(["UID", f"{old_next}:*"]) if uid >= old_next]
            if counts and old_count:
                uids += list(self._client.search(["MODSEQ", str(old_count + 1)]))
            chosen = sorted(set(uids))
            fetched: dict[int, Any] = self._client.fetch(chosen, [_HEAD, "FLAGS", "RFC822.SIZE"]) if chosen else {}
        mails = tuple(self._summary(folder, validity, uid, fetched[uid]) for uid in chosen if uid in fetched)
        point = f"{validity}.{status.get(b'UIDNEXT', 1)}.{status.get(b'HIGHESTMODSEQ', 0)}"
        return ChangesView(mails=mails, since=point)

    def _summary(self, folder: str, validity: int, uid: int, fetched: Any) -> SummaryView:
        flags = cast("tuple[bytes, ...]", fetched.get(b"FLAGS", ()))
        known = [_SHOWN[flag.lower()] for flag in flags if flag.lower() in _SHOWN]
        keywords = [flag.decode("utf-8", "replace") for flag in flags if not flag.startswith((b"\\", b"$"))]
        made = head_summary(
            fetched.get(b"BODY[HEADER]", b""), place_of(folder, validity, uid), size=fetched.get(b"RFC822.SIZE")
        )
        return _with_marks(made, known, keywords)

    def read(self, place: str) -> bytes:
        """The mail at a place, with every byte. It is not marked as read."""
        uid = self._at(place, readonly=True)
        with self._errors("does not give the mail"):
            fetched = self._client.fetch([uid], ["BODY.PEEK[]"])
        data = fetched.get(uid, {}).get(b"BODY[]")
        if not isinstance(data, bytes):
            raise AnchorNotFoundError(f"The mail {place!r} is no longer there; list the folder again.")
        return data

    def save_draft(self, data: bytes, *, answers: str | None = None, how: str | None = None) -> str:
        """Put a draft into the folder for drafts; its place."""
        return self._append(self._drafts(), data)

    def _append(self, folder: str, data: bytes) -> str:
        with self._errors(f"does not take the draft into {folder!r}"):
            answer = self._client.append(folder, data, flags=(b"\\Draft", b"\\Seen"))
        found = re.search(rb"APPENDUID (\d+) (\d+)", answer if isinstance(answer, bytes) else str(answer).encode())
        if found is not None:
            return place_of(folder, int(found[1]), int(found[2]))
        validity = self._select(folder)
        with self._errors("does not say where the draft is"):
            uids = self._client.search(["DRAFT"])
        return place_of(folder, validity, max(uids, default=0))

    def replace_draft(self, place: str, data: bytes) -> str:
        """Put another state of a draft in its place; the new place. Raises ProtectedDocumentError for what is none."""
        uid = self._at(place, readonly=False)
        with self._errors("does not give the draft's flags"):
            flags = self._client.get_flags([uid]).get(uid)
        if flags is None:
            raise AnchorNotFoundError(f"The mail {place!r} is no longer there; list the folder again.")
        if b"\\draft" not in {flag.lower() for flag in flags}:
            raise ProtectedDocumentError("The mail is no draft; answer or forward it instead.")
        folder = split_place(place)[0]
        new = self._append(folder, data)  # first, so that nothing is lost whatever happens next
        self._at(place, readonly=False)
        self._remove(uid)
        return new

    def _remove(self, uid: int) -> None:
        with self._errors("keeps the draft's old state"):
            self._client.delete_messages([uid])
            if self._client.has_capability("UIDPLUS"):
                self._client.uid_expunge([uid])

    def set_flags(self, place: str, changes: dict[str, bool]) -> None:
        """Mark or unmark a mail as `read`, `flagged`, `answered`."""
        uid = self._at(place, readonly=False)
        with self._errors("does not mark the mail"):
            for on in (True, False):
                flags = [_FLAGS[name] for name, wanted in changes.items() if wanted is on]
                if flags:
                    (self._client.add_flags if on else self._client.remove_flags)([uid], flags)

    def set_categories(self, place: str, *, add: Sequence[str], remove: Sequence[str]) -> None:
        """Add categories and take some away; they are IMAP keywords, in which letters beyond ASCII cannot stand."""
        for name in (*add, *remove):
            if not _KEYWORD.fullmatch(name):
                raise UnsupportedEditError(
                    f"{name!r} cannot be a category over IMAP: a keyword has no blanks or brackets, and is ASCII."
                )
        uid = self._at(place, readonly=False)
        with self._errors("does not take the categories"):
            if remove:
                self._client.remove_flags([uid], [name.encode() for name in remove])
            if add:
                self._client.add_flags([uid], [name.encode() for name in add])

    def move(self, place: str, folder: str) -> str:
        """Move a mail to another folder; its new place."""
        uid = self._at(place, readonly=False)
        with self._errors(f"does not move the mail to {folder!r}", "`polydesk mail NAME folders` lists its folders."):
            if self._client.has_capability("MOVE"):
                answer = self._client.move([uid], folder)
            else:
                answer = self._client.copy([uid], folder)
                self._client.delete_messages([uid])
                if self._client.has_capability("UIDPLUS"):
                    self._client.uid_expunge([uid])
        found = re.search(rb"COPYUID (\d+) \d+ (\d+)", answer if isinstance(answer, bytes) else b"")
        if found is not None:
            return place_of(folder, int(found[1]), int(found[2]))
        validity = self._select(folder)
        with self._errors("does not say where the mail is"):
            return place_of(folder, validity, max(self._client.search(["ALL"]), default=0))

    def close(self) -> None:
        """Leave, whatever state the connection is in."""
        try:
            self._client.logout()
        except (IMAPClientError, *_NETWORK):
            self._hang_up()

    def _hang_up(self) -> None:
        with contextlib.suppress(IMAPClientError, *_NETWORK):
            self._client.shutdown()

    def _drafts(self) -> str:
        if self.account.drafts:
            return self.account.drafts
        with self._errors("does not say where drafts go"):
            found = self._client.find_special_folder(b"\\Drafts")
            if found is None and self._client.folder_exists("Drafts"):
                found = "Drafts"
        if not isinstance(found, str):
            raise failed(
                self.account, "has no folder for drafts", "none bears the mark \\Drafts", "Name one as `drafts`."
            )
        return found

    def _select(self, folder: str, *, readonly: bool = True) -> int:
        """Open a folder; its UIDVALIDITY."""
        with self._errors(f"does not open {folder!r}", "`polydesk mail NAME folders` lists its folders."):
            answer = self._client.select_folder(folder, readonly=readonly)
        return int(answer[b"UIDVALIDITY"])

    def _at(self, place: str, *, readonly: bool) -> int:
        """Open the place's folder and check that its numbers still mean the same mails; the mail's UID."""
        folder, validity, uid = split_place(place)
        now = self._select(folder, readonly=readonly)
        if now != validity:
            raise AnchorNotFoundError(
                f"The server has numbered the mails of {folder!r} anew since {place!r} was read; list the folder again."
            )
        with self._errors("cannot be searched"):
            if uid not in self._client.search(["UID", str(uid)]):
                raise AnchorNotFoundError(f"The mail {place!r} is no longer there; list the folder again.")
        return uid


def place_of(folder: str, validity: int, uid: int) -> str:
    """How a mail is named."""
    return f"{quote(folder, safe='/ .&')};UIDVALIDITY={validity}/;UID={uid}"


def split_place(place: str) -> tuple[str, int, int]:
    """Folder, UIDVALIDITY and UID. Raises AnchorNotFoundError for what is no place."""
    found = _PLACE.fullmatch(place)
    if found is None:
        raise AnchorNotFoundError(f"{place!r} is no place in a mailbox; it reads `FOLDER;UIDVALIDITY=n/;UID=m`.")
    return unquote(found[1]), int(found[2]), int(found[3])


def _point(since: str | None, validity: int) -> tuple[int, int]:
    """The UIDNEXT and the count of changes of an earlier answer. Raises AnchorNotFoundError when it means no more."""
    if since is None:
        return 1, 0
    found = re.fullmatch(r"(\d{1,10})\.(\d{1,10})\.(\d{1,20})", since)
    if found is None or int(found[1]) != validity:
        raise AnchorNotFoundError("The server has numbered its mails anew since then; ask for all changes anew.")
    return int(found[2]), int(found[3])


def _with_marks(made: SummaryView, flags: Sequence[str], keywords: Sequence[str]) -> SummaryView:
    return msgspec.structs.replace(made, flags=tuple(flags), categories=tuple(dict.fromkeys([*keywords])))
