"""A local Graph is read, marked and drafted into; nothing is ever sent."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from polydesk.core.errors import AnchorNotFoundError, MailboxError, ProtectedDocumentError, SettingsError
from polydesk.mailboxes.base import Account, Refresh
from polydesk.mailboxes.editing import apply_live, draft_live
from polydesk.mailboxes.graph import GraphMailbox
from polydesk.mailboxes.oauth import token_source
from polydesk.mailboxes.opening import open_mailbox
from polydesk.office.mail.edits import (
    Forward,
    MoveMessage,
    NewMessage,
    Reply,
    ReplyAll,
    SetCategories,
    SetFlags,
    SetSubject,
)
from polydesk.office.mail.message import Message
from tests.mailboxes import graph_server
from tests.mailboxes.graph_server import TOKEN, Graph
from tests.mailboxes.mails import MAIL, mail

AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[Graph]:
    with graph_server.running() as running:
        yield running
        assert [line for line in running.asked if "send" in line.lower()] == []


def account(server: Graph, **changes: Any) -> Account:
    facts: dict[str, Any] = {
        "name": "work",
        "kind": "graph",
        "user": "me",
        "secret": TOKEN,
        "base_url": server.base_url,
    }
    return Account(**{**facts, **changes})


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def box(server: Graph, waits: list[float]) -> GraphMailbox:
    return GraphMailbox(account(server, own_addresses=("ann@example.com",)), sleep=waits.append)


def test_folders_have_their_roles_and_counts(server: Graph, box: GraphMailbox) -> None:
    server.add(MAIL)
    assert [(one.name, one.role, one.messages, one.unread) for one in box.folders()] == [
        ("Inbox", "inbox", 1, 1),
        ("Drafts", "drafts", 0, 0),
        ("Sent Items", "sent", 0, 0),
        ("Deleted Items", "trash", 0, 0),
    ]


def test_pages_are_followed_up_to_the_limit(server: Graph, box: GraphMailbox) -> None:
    for number in range(5):
        server.add(mail(number))
    assert [one.subject for one in box.summaries("inbox")] == [f"Mail {number}" for number in (4, 3, 2, 1, 0)]
    assert len(box.summaries("Inbox", limit=3)) == 3
    assert [one.subject for one in box.summaries("inbox", query="Text 3")] == ["Mail 3"]


def test_a_mail_is_read_with_every_byte(server: Graph, box: GraphMailbox) -> None:
    assert box.read(server.add(MAIL)) == MAIL


@pytest.mark.parametrize(
    ("edit", "way"),
    [
        (Reply(at="message", text="Yes."), "createReply"),
        (ReplyAll(at="message", text="Yes."), "createReplyAll"),
        (Forward(at="message", to=("dan@example.com",)), "createForward"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_answer_is_tied_to_its_conversation(server: Graph, box: GraphMailbox, edit: Any, way: str) -> None:
    place = server.add(MAIL)
    done = apply_live(box, place, [edit], at=AT)
    stored = server.messages[done.place]
    assert (stored.of, stored.draft, stored.folder) == (f"{way} {place}", True, "id-drafts")
    view = Message(stored.mime).view()
    assert (view.references, [one.address for one in view.from_]) == (("1@example.net",), ["ann@example.com"])


def test_a_draft_is_made_and_changed(server: Graph, box: GraphMailbox) -> None:
    done = draft_live(box, NewMessage(to=("bob@example.net",), subject="One", text="Hello."), at=AT)
    changed = apply_live(box, done.place, [SetSubject(at="message", subject="Two")], at=AT)
    assert [Message(one.mime).view().subject for one in server.messages.values()] == ["Two"]
    assert list(server.messages) == [changed.place]


def test_a_received_mail_is_not_changed(server: Graph, box: GraphMailbox) -> None:
    place = server.add(MAIL)
    with pytest.raises(ProtectedDocumentError):
        apply_live(box, place, [SetSubject(at="message", subject="Two")], at=AT)
    assert [one.mime for one in server.messages.values()] == [MAIL]


def test_marks_and_moves_are_graphs_own(server: Graph, box: GraphMailbox) -> None:
    place = server.add(MAIL, categories=["Old"])
    edits = [
        MoveMessage(at="message", folder="deleteditems"),
        SetFlags(at="message", read=True, flagged=True),
        SetCategories(at="message", add=("Two words",), remove=("old",)),
    ]
    apply_live(box, place, edits, at=AT)
    stored = server.messages[place]
    assert (stored.read, stored.flagged, stored.categories, stored.folder) == (
        True,
        True,
        ["Two words"],
        "id-deleteditems",
    )


def test_changes_since_the_last_time_are_told(server: Graph, box: GraphMailbox) -> None:
    first = server.add(mail(1))
    found = box.changes("inbox")
    assert ([one.subject for one in found.mails], found.gone) == (["Mail 1"], ())
    server.add(mail(2))
    del server.messages[first]
    found = box.changes("inbox", found.since)
    assert ([one.subject for one in found.mails], found.gone) == (["Mail 2"], (first,))


def test_the_service_is_waited_for_as_it_asks(server: Graph, box: GraphMailbox, waits: list[float]) -> None:
    place = server.add(MAIL)
    server.throttle += [7, 3]
    assert box.read(place) == MAIL
    assert waits == [7.0, 3.0]


def test_a_service_that_asks_for_too_long_a_wait_is_not_waited_for(
    server: Graph, box: GraphMailbox, waits: list[float]
) -> None:
    server.throttle.append(100_000)
    with pytest.raises(MailboxError, match="429 TooManyRequests"):
        box.read("x")
    assert waits == []


def test_a_wrong_token_is_said_and_not_repeated(server: Graph) -> None:
    box = open_mailbox(account(server, secret="wr0ng-token"))  # noqa: S106
    with pytest.raises(MailboxError, match="401") as caught:
        box.folders()
    assert "wr0ng" not in str(caught.value)


def test_what_is_gone_is_said(server: Graph, box: GraphMailbox) -> None:
    with pytest.raises(AnchorNotFoundError):
        box.read("AAMk9999=")
    with pytest.raises(MailboxError, match="has no folder"):
        box.summaries("Nowhere")


@pytest.mark.parametrize("url", ["http://graph.example.com/v1.0", "ftp://localhost", "nonsense"])
def test_a_token_is_not_sent_in_the_clear(server: Graph, url: str) -> None:
    with pytest.raises(SettingsError):
        GraphMailbox(account(server, base_url=url))


def test_a_link_to_another_host_is_not_followed(server: Graph, box: GraphMailbox) -> None:
    with pytest.raises(MailboxError, match="leads elsewhere"):
        box.changes("inbox", "https://elsewhere.example.com/steal")


def test_tokens_are_got_anew_before_they_run_out() -> None:
    asked: list[dict[str, list[str]]] = []

    class Tokens(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            body = json.dumps({"access_token": f"token-{len(asked)}", "expires_in": 3600}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Tokens)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    refresh = Refresh(token_url=f"http://127.0.0.1:{server.server_address[1]}/token", client_id="c", scope="s")
    moment = [0.0]
    one = Account(name="work", kind="graph", user="me", secret="refresh-me", refresh=refresh)  # noqa: S106
    token = token_source(one, now=lambda: moment[0])
    assert [token(), token()] == ["token-1", "token-1"]
    moment[0] = 3500.0
    assert token() == "token-2"
    server.shutdown()
    server.server_close()
    assert asked[0] == {
        "grant_type": ["refresh_token"],
        "client_id": ["c"],
        "refresh_token": ["refresh-me"],
        "scope": ["s"],
    }
