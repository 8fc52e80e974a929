"""A mailbox over Microsoft Graph (https://learn.microsoft.com/graph/api/resources/message, checked 2026-11-24).

Drafts are made as MIME, so that their bytes are ours; `createReply` and its like keep the conversation. The requests
that would send are in no line of this file.
"""

from __future__ import annotations

import base64
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Any, cast
from urllib.parse import quote, urlencode

import msgspec

from polydesk.core.errors import AnchorNotFoundError, MailboxError, ProtectedDocumentError, UnsupportedEditError
from polydesk.mailboxes.base import Account, ChangesView, FolderView, failed
from polydesk.mailboxes.rest import Reply, Service
from polydesk.office.mail.conversation import index_bytes
from polydesk.office.mail.headers import message_ids
from polydesk.office.mail.views import AddressView, SummaryView

_IDS = {"Prefer": 'IdType="ImmutableId"'}
"""Ids that stay when a mail is moved."""
_JSON = {"Content-Type": "application/json", **_IDS}
_MIME = {"Content-Type": "text/plain", **_IDS}
_FIELDS = (
    "id,subject,from,toRecipients,receivedDateTime,sentDateTime,internetMessageId,conversationIndex,isRead,isDraft,flag,"
    "categories,internetMessageHeaders"
)
_ROLES = {
    "inbox": "inbox",
    "drafts": "drafts",
    "sentitems": "sent",
    "deleteditems": "trash",
    "junkemail": "junk",
    "archive": "archive",
}
_WAYS = {"reply": "createReply", "reply_all": "createReplyAll", "forward": "createForward"}
_PAGE = 50
_MAX_PAGES = 200


class GraphMailbox:
    """One user's mailbox."""

    def __init__(
        self,
        account: Account,
        *,
        token: Callable[[], str] | None = None,
        tls: ssl.SSLContext | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`token` gives an access token, None uses the account's secret as it is. Raises SettingsError."""
        self.account = account
        self._service = Service(account, account.base_url, token or (lambda: account.secret), tls=tls, sleep=sleep)
        self._user = "/me" if account.user in ("", "me") else f"/users/{quote(account.user, safe='@')}"

    def folders(self) -> list[FolderView]:
        """All folders, those inside others by their path."""
        found = self._level(f"{self._user}/mailFolders", "")
        roles = self._role_ids()
        return [msgspec.structs.replace(folder, role=roles.get(folder.id)) for folder in found]

    def _level(self, path: str, prefix: str, depth: int = 0) -> list[FolderView]:
        found: list[FolderView] = []
        for row in self._pages(f"{path}?$top=100"):
            name = f"{prefix}{_text(row, 'displayName')}"
            id = _text(row, "id")
            found.append(
                FolderView(name=name, id=id, messages=row.get("totalItemCount"), unread=row.get("unreadItemCount"))
            )
            if row.get("childFolderCount") and depth < 10:
                inside = f"{self._user}/mailFolders/{quote(id, safe='')}/childFolders"
                found += self._level(inside, f"{name}/", depth + 1)
        return found

    def _role_ids(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for known, role in _ROLES.items():
            try:
                row = self._service.call("GET", f"{self._user}/mailFolders/{known}", headers=_IDS).json()
            except MailboxError as exc:
                if exc.status != 404:
                    raise
                continue
            found[_text(row, "id")] = role
        return found

    def summaries(self, folder: str, *, query: str | None = None, limit: int = 50) -> list[SummaryView]:
        """The latest mails of a folder, the latest first; with `query` those that hold the words."""
        options = {"$top": str(min(limit, _PAGE)), "$select": _FIELDS}
        if query:
            words = query.replace('"', " ").replace("\\", " ")
            options["$search"] = f'"{words}"'  # a search is ordered by the service itself
        else:
            options["$orderby"] = "receivedDateTime desc"
        path = f"{self._folder_path(folder)}/messages?{urlencode(options, safe='$,')}"
        return [_summary(row) for row in self._pages(path, limit=limit)]

    def changes(self, folder: str, since: str | None = None) -> ChangesView:
        """New and changed mails of a folder since an earlier answer; None asks for all (Graph's delta query)."""
        path = since or f"{self._folder_path(folder)}/messages/delta?{urlencode({'$select': _FIELDS}, safe='$,')}"
        found: list[SummaryView] = []
        gone: list[str] = []
        for _ in range(_MAX_PAGES):
            page = self._delta(path)
            for row in _rows(page.get("value")):
                if "@removed" in row:
                    gone.append(_text(row, "id"))
                else:
                    found.append(_summary(row))
            if isinstance(following := page.get("@odata.nextLink"), str):
                path = following
                continue
            return ChangesView(mails=tuple(found), gone=tuple(gone), since=_text(page, "@odata.deltaLink"))
        raise failed(self.account, "never ends", "its changes have too many pages", "Try again.")

    def _delta(self, path: str) -> dict[str, Any]:
        try:
            return self._service.call("GET", path, headers=_IDS).json()
        except MailboxError as exc:
            if exc.status == 410:  # the point is too old: all must be asked for again
                raise AnchorNotFoundError("The service no longer knows that point; ask for all changes anew.") from exc
            raise

    def read(self, place: str) -> bytes:
        """The mail at a place as MIME. It is not marked as read."""
        return self._message("GET", place, "/$value").body

    def save_draft(self, data: bytes, *, answers: str | None = None, how: str | None = None) -> str:
        """Put a draft into the folder for drafts; its place. An answer is tied to its conversation by the service."""
        body = base64.b64encode(data)
        if answers is not None and how in _WAYS:
            reply = self._message("POST", answers, f"/{_WAYS[how]}", body=body, headers=_MIME)
        else:
            reply = self._service.call("POST", f"{self._user}/messages", body=body, headers=_MIME)
        return _text(reply.json(), "id")

    def replace_draft(self, place: str, data: bytes) -> str:
        """Put another state of a draft in its place; the new place. Raises ProtectedDocumentError for what is none."""
        row = self._message("GET", place, "?$select=isDraft,parentFolderId").json()
        if row.get("isDraft") is not True:
            raise ProtectedDocumentError("The mail is no draft; answer or forward it instead.")
        new = self.save_draft(data)
        self._message("DELETE", place, "")
        return new

    def set_flags(self, place: str, changes: dict[str, bool]) -> None:
        """Mark or unmark a mail as `read` or `flagged`; Graph itself says what was answered."""
        body: dict[str, Any] = {}
        if "read" in changes:
            body["isRead"] = changes["read"]
        if "flagged" in changes:
            body["flag"] = {"flagStatus": "flagged" if changes["flagged"] else "notFlagged"}
        if "answered" in changes:
            raise UnsupportedEditError("Microsoft Graph lets no program mark a mail as answered.")
        self._patch(place, body)

    def set_categories(self, place: str, *, add: Sequence[str], remove: Sequence[str]) -> None:
        """Add categories and take some away, unless the mail has changed meanwhile."""
        row = self._message("GET", place, "?$select=categories").json()
        gone = {name.lower() for name in remove}
        old = _texts(row.get("categories"))
        new = [name for name in old if name.lower() not in gone]
        have = {name.lower() for name in new}
        new += [name for name in add if name.lower() not in have]
        tag = row.get("@odata.etag")
        self._patch(place, {"categories": new}, {"If-Match": tag} if isinstance(tag, str) else {})

    def move(self, place: str, folder: str) -> str:
        """Move a mail to another folder; its new place."""
        target = self._folder_id(folder)
        body = msgspec.json.encode({"destinationId": target})
        return _text(self._message("POST", place, "/move", body=body, headers=_JSON).json(), "id")

    def close(self) -> None:
        """Nothing is open between requests."""

    def _patch(self, place: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._message("PATCH", place, "", body=msgspec.json.encode(body), headers={**_JSON, **(headers or {})})

    def _message(
        self, method: str, place: str, tail: str, *, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        path = f"{self._user}/messages/{quote(place, safe='=-_')}{tail}"
        try:
            return self._service.call(method, path, body=body, headers=headers or _IDS)
        except MailboxError as exc:
            if exc.status == 404:
                raise AnchorNotFoundError(
                    f"The mail {place[:80]!r} is no longer there; list the folder again."
                ) from exc
            if exc.status == 412:
                raise AnchorNotFoundError("The mail has changed meanwhile; read it again.") from exc
            raise

    def _folder_path(self, folder: str) -> str:
        return f"{self._user}/mailFolders/{quote(self._folder_id(folder), safe='=-_')}"

    def _folder_id(self, folder: str) -> str:
        """By a well-known name, an id or a path of names."""
        known = folder.replace(" ", "").lower()
        if known in _ROLES:
            return known
        for one in self._level(f"{self._user}/mailFolders", ""):
            if folder in (one.id, one.name) or folder.lower() == one.name.lower():
                return one.id
        raise failed(self.account, "has no folder", repr(folder[:80]), "`polydesk mail NAME folders` lists them.")

    def _pages(self, path: str, *, limit: int | None = None) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for _ in range(_MAX_PAGES):
            page = self._service.call("GET", path, headers=_IDS).json()
            rows += cast("list[dict[str, Any]]", page.get("value", []))
            following = page.get("@odata.nextLink")
            if not isinstance(following, str) or (limit is not None and len(rows) >= limit):
                break
            path = following
        return rows if limit is None else rows[:limit]


def _summary(row: dict[str, Any]) -> SummaryView:
    headers = {_text(one, "name").lower(): _text(one, "value") for one in _rows(row.get("internetMessageHeaders"))}
    own = message_ids(_text(row, "internetMessageId"))
    index = row.get("conversationIndex")
    to = [_address(one) for one in _rows(row.get("toRecipients"))]
    flag: dict[str, Any] = row.get("flag") or {}
    flags = [
        *(["read"] if row.get("isRead") else []),
        *(["flagged"] if flag.get("flagStatus") == "flagged" else []),
        *(["draft"] if row.get("isDraft") else []),
    ]
    answered = message_ids(headers.get("references", "")) or message_ids(headers.get("in-reply-to", ""))[:1]
    return SummaryView(
        place=_text(row, "id"),
        subject=_text(row, "subject"),
        from_=_address(row["from"]) if isinstance(row.get("from"), dict) else None,
        to=tuple(to),
        date=(_text(row, "sentDateTime") or _text(row, "receivedDateTime")).replace("Z", "+00:00") or None,
        message_id=own[0] if own else None,
        parents=tuple(answered),
        thread_index=index if isinstance(index, str) and index_bytes(index) is not None else None,
        flags=tuple(flags),
        categories=tuple(_texts(row.get("categories"))),
    )


def _address(row: dict[str, Any]) -> AddressView:
    inner: dict[str, Any] = row.get("emailAddress") or {}
    return AddressView(address=_text(inner, "address"), name=_text(inner, "name"))


def _rows(value: Any) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", value) if isinstance(value, list) else []


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [one for one in cast("list[Any]", value) if isinstance(one, str)] if isinstance(value, list) else []
