"""A local Microsoft Graph with one mailbox: the part of its v1.0 interface that mail needs, with its own error bodies.

After https://learn.microsoft.com/graph/api/resources/mail-api-overview (checked 2026-11-24). Sending exists, as there,
so that a test can see that nobody asks for it.
"""

from __future__ import annotations

import base64
import email
import email.policy
import http.server
import itertools
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

TOKEN = "graph-acc3ss-token"  # noqa: S105  # of a server that lives for one test
_WELL_KNOWN = {"inbox": "Inbox", "drafts": "Drafts", "sentitems": "Sent Items", "deleteditems": "Deleted Items"}
_WAYS = {"createReply", "createReplyAll", "createForward"}


@dataclass(slots=True)
class Stored:
    """A message as the server keeps it."""

    id: str
    folder: str
    mime: bytes
    draft: bool = False
    read: bool = False
    flagged: bool = False
    categories: list[str] = field(default_factory=list[str])
    change: int = 1
    of: str | None = None
    """The message that it answers or forwards."""


@dataclass(slots=True)
class Graph:
    """The mailbox, and everything that was asked of it."""

    messages: dict[str, Stored] = field(default_factory=dict[str, Stored])
    folders: dict[str, str] = field(
        default_factory=lambda: {f"id-{name}": shown for name, shown in _WELL_KNOWN.items()}
    )
    """Names by ids."""
    asked: list[str] = field(default_factory=list[str])
    """Method and path of each request."""
    throttle: list[int] = field(default_factory=list[int])
    """Seconds of Retry-After for the next requests, each refused with 429."""
    page: int = 2
    """Messages on a page."""
    port: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    deltas: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    @property
    def base_url(self) -> str:
        """As a client is told it."""
        return f"http://127.0.0.1:{self.port}/v1.0"

    def add(self, mime: bytes, folder: str = "id-inbox", **facts: Any) -> str:
        """A message in a folder; its id."""
        made = Stored(id=f"AAMk{next(self.numbers):04}=", folder=folder, mime=mime, **facts)
        self.messages[made.id] = made
        return made.id


class RefusedError(Exception):
    """An error as Graph says it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message


@contextmanager
def running() -> Iterator[Graph]:
    """A server, stopped at the end."""
    graph = Graph()

    class Handler(_Handler):
        state = graph

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    graph.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield graph
    finally:
        server.shutdown()
        server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    state: Graph

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def _answer(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        path = unquote(parts.path).removeprefix("/v1.0/me").removeprefix("/v1.0/users/ann@example.com")
        self.state.asked.append(f"{method} {path}")
        try:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                raise RefusedError(401, "InvalidAuthenticationToken", "Access token is empty or wrong.")
            if self.state.throttle:
                self._send(
                    429, b'{"error":{"code":"TooManyRequests"}}', {"Retry-After": str(self.state.throttle.pop(0))}
                )
                return
            options = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self._found(method, path, options, body)
        except RefusedError as exc:
            error = {"error": {"code": exc.code, "message": exc.message}}
            self._send(exc.status, json.dumps(error).encode())

    def _found(self, method: str, path: str, options: dict[str, str], body: bytes) -> None:
        routes: list[tuple[str, str, Any]] = [
            ("GET", r"/mailFolders", self._folders),
            ("GET", r"/mailFolders/([^/]+)", self._folder),
            ("GET", r"/mailFolders/([^/]+)/messages", self._list),
            ("GET", r"/mailFolders/([^/]+)/messages/delta", self._delta),
            ("POST", r"/messages", self._create),
            ("GET", r"/messages/([^/]+)", self._get),
            ("GET", r"/messages/([^/]+)/\$value", self._value),
            ("PATCH", r"/messages/([^/]+)", self._patch),
            ("DELETE", r"/messages/([^/]+)", self._delete),
            ("POST", r"/messages/([^/]+)/move", self._move),
            ("POST", r"/messages/([^/]+)/(\w+)", self._way),
            ("POST", r"/sendMail", self._sent),
        ]
        for wanted, pattern, work in routes:
            match = re.fullmatch(pattern, path)
            if wanted == method and match is not None:
                work(*match.groups(), options=options, body=body)
                return
        raise RefusedError(404, "UnknownError", f"Resource not found for {path}")

    # Folders

    def _folders(self, *, options: dict[str, str], body: bytes) -> None:
        self._json({"value": [self._folder_row(id) for id in self.state.folders]})

    def _folder(self, name: str, *, options: dict[str, str], body: bytes) -> None:
        self._json(self._folder_row(self._folder_id(name)))

    def _folder_row(self, id: str) -> dict[str, Any]:
        inside = [one for one in self.state.messages.values() if one.folder == id]
        return {
            "id": id,
            "displayName": self.state.folders[id],
            "childFolderCount": 0,
            "totalItemCount": len(inside),
            "unreadItemCount": sum(not one.read for one in inside),
        }

    def _folder_id(self, name: str) -> str:
        id = f"id-{name}" if f"id-{name}" in self.state.folders else name
        if id not in self.state.folders:
            raise RefusedError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        return id

    # Messages

    def _list(self, folder: str, *, options: dict[str, str], body: bytes) -> None:
        id = self._folder_id(folder)
        found = [one for one in reversed(self.state.messages.values()) if one.folder == id]
        if "$search" in options:
            if "$orderby" in options:
                raise RefusedError(
                    400, "SearchWithOrderBy", "The query parameter '$orderby' is not supported with '$search'."
                )
            words = options["$search"].strip('"').encode()
            found = [one for one in found if words.lower() in one.mime.lower()]
        self._page(f"/mailFolders/{folder}/messages", [self._row(one) for one in found], options)

    def _page(self, path: str, rows: list[dict[str, Any]], options: dict[str, str]) -> None:
        start = int(options.get("$skip", 0))
        shown = rows[start : start + self.state.page]
        answer: dict[str, Any] = {"value": shown}
        if start + self.state.page < len(rows):
            rest = {**options, "$skip": start + self.state.page}
            answer["@odata.nextLink"] = f"{self.state.base_url}/me{path}?{urlencode(rest)}"
        self._json(answer)

    def _delta(self, folder: str, *, options: dict[str, str], body: bytes) -> None:
        id = self._folder_id(folder)
        here = {one.id for one in self.state.messages.values() if one.folder == id}
        before = self.state.deltas.get(options.get("$deltatoken", ""), set())
        token = f"d{len(self.state.deltas) + 1}"
        self.state.deltas[token] = here
        rows: list[dict[str, Any]] = [self._row(self.state.messages[one]) for one in sorted(here - before)]
        rows += [{"id": one, "@removed": {"reason": "deleted"}} for one in sorted(before - here)]
        link = f"{self.state.base_url}/me/mailFolders/{folder}/messages/delta?$deltatoken={token}"
        self._json({"value": rows, "@odata.deltaLink": link})

    def _message(self, id: str) -> Stored:
        if id not in self.state.messages:
            raise RefusedError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        return self.state.messages[id]

    def _get(self, id: str, *, options: dict[str, str], body: bytes) -> None:
        self._json(self._row(self._message(id)))

    def _value(self, id: str, *, options: dict[str, str], body: bytes) -> None:
        self._send(200, self._message(id).mime, {"Content-Type": "text/plain"})

    def _create(self, *, options: dict[str, str], body: bytes) -> None:
        self._json(self._row(self._draft(body)), 201)

    def _way(self, id: str, way: str, *, options: dict[str, str], body: bytes) -> None:
        if way == "send":
            self._sent(options=options, body=body)
            return
        if way not in _WAYS:
            raise RefusedError(400, "RequestBroker--ParseUri", f"Resource not found for the segment '{way}'.")
        made = self._draft(body)
        made.of = f"{way} {self._message(id).id}"
        self._json(self._row(made), 201)

    def _draft(self, body: bytes) -> Stored:
        if self.headers.get("Content-Type") != "text/plain":
            raise RefusedError(415, "RequestBodyRead", "This server takes drafts as MIME.")
        try:
            mime = base64.b64decode(body, validate=True)
        except ValueError as exc:
            raise RefusedError(
                400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content."
            ) from exc
        return self.state.messages[self.state.add(mime, "id-drafts", draft=True, read=True)]

    def _sent(self, *, options: dict[str, str], body: bytes) -> None:
        self._send(202, b"")

    def _patch(self, id: str, *, options: dict[str, str], body: bytes) -> None:
        one = self._message(id)
        if self.headers.get("If-Match") not in (None, self._tag(one)):
            raise RefusedError(412, "ErrorIrresolvableConflict", "The send or update operation could not be performed.")
        change = json.loads(body)
        if unknown := set(change) - {"isRead", "flag", "categories"}:
            raise RefusedError(400, "ErrorInvalidProperty", f"{unknown}")
        one.read = change.get("isRead", one.read)
        one.categories = change.get("categories", one.categories)
        if "flag" in change:
            one.flagged = change["flag"]["flagStatus"] == "flagged"
        one.change += 1
        self._json(self._row(one))

    def _delete(self, id: str, *, options: dict[str, str], body: bytes) -> None:
        del self.state.messages[self._message(id).id]
        self._send(204, b"")

    def _move(self, id: str, *, options: dict[str, str], body: bytes) -> None:
        one = self._message(id)
        one.folder = self._folder_id(json.loads(body)["destinationId"])
        self._json(self._row(one), 201)

    def _tag(self, one: Stored) -> str:
        return f'W/"{one.id}{one.change}"'

    def _row(self, one: Stored) -> dict[str, Any]:
        parsed: Message = email.message_from_bytes(one.mime, policy=email.policy.default)
        names = ("References", "In-Reply-To", "Subject")
        return {
            "@odata.etag": self._tag(one),
            "id": one.id,
            "subject": str(parsed["Subject"] or ""),
            "from": _people(parsed["From"])[0] if parsed["From"] else None,
            "toRecipients": _people(parsed["To"]),
            "receivedDateTime": "2026-01-05T14:04:00Z",
            "sentDateTime": "2026-01-05T14:04:00Z",
            "internetMessageId": str(parsed["Message-ID"] or ""),
            "conversationIndex": str(parsed["Thread-Index"] or ""),
            "isRead": one.read,
            "isDraft": one.draft,
            "flag": {"flagStatus": "flagged" if one.flagged else "notFlagged"},
            "categories": one.categories,
            "parentFolderId": one.folder,
            "internetMessageHeaders": [{"name": n, "value": str(parsed[n])} for n in names if parsed[n]],
        }

    def _json(self, value: Any, status: int = 200) -> None:
        self._send(status, json.dumps(value).encode())

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _people(field: Any) -> list[dict[str, Any]]:
    return [
        {"emailAddress": {"name": one.display_name, "address": one.addr_spec}}
        for one in (field.addresses if field is not None else ())
    ]
