"""A real Dovecot is read, marked and drafted into."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import imapclient
import pytest

from polydesk.core.errors import (
    AnchorNotFoundError,
    EditConflictError,
    MailboxError,
    ProtectedDocumentError,
    SettingsError,
    UnsupportedEditError,
)
from polydesk.mailboxes.base import Account
from polydesk.mailboxes.editing import apply_live, draft_live
from polydesk.mailboxes.imap import ImapMailbox, place_of, split_place
from polydesk.mailboxes.opening import open_mailbox
from polydesk.office.mail.edits import (
    MoveMessage,
    NewMessage,
    Reply,
    ReplyAll,
    SetCategories,
    SetFlags,
    SetSubject,
)
from polydesk.office.mail.message import Message
from polydesk.office.mail.threads import threads
from tests.cli.command import polydesk
from tests.mailboxes import dovecot
from tests.mailboxes.dovecot import PASSWORD, TOKEN, USER, Dovecot
from tests.mailboxes.mails import MAIL, mail

AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    if reason := dovecot.missing():
        pytest.skip(reason)
    with dovecot.running() as running:
        yield running
        log = running.log()
        assert PASSWORD not in log
        assert not re.search(r"submission|smtp", log, re.IGNORECASE)


def account(server: Dovecot, **changes: Any) -> Account:
    facts: dict[str, Any] = {"name": "work", "kind": "imap", "user": USER, "secret": PASSWORD, "host": "localhost"}
    return Account(**{**facts, "port": server.tls_port, **changes})


@pytest.fixture
def box(server: Dovecot) -> Iterator[ImapMailbox]:
    made = ImapMailbox(account(server), tls=server.tls())
    yield made
    made.close()


@pytest.fixture
def folder(server: Dovecot) -> Iterator[str]:
    """A fresh folder with MAIL in it."""
    with imapclient.IMAPClient("localhost", server.tls_port, ssl_context=server.tls()) as client:
        client.login(USER, PASSWORD)
        client.create_folder("Work/Büro")
        client.append("Work/Büro", MAIL)
        yield "Work/Büro"
        client.delete_folder("Work/Büro")


@pytest.mark.parametrize(
    "way",
    [
        {"security": "tls"},
        {"security": "starttls"},
        {"security": "none"},
        {"auth": "xoauth2", "secret": TOKEN},
        {"auth": "oauthbearer", "secret": TOKEN},
        {"security": "starttls", "auth": "xoauth2", "secret": TOKEN},
    ],
    ids=str,
)
def test_every_way_in_leads_in(server: Dovecot, way: dict[str, Any]) -> None:
    plain = way.get("security") in ("starttls", "none")
    box = open_mailbox(account(server, port=server.port if plain else server.tls_port, **way), tls=server.tls())
    assert {one.role for one in box.folders()} >= {"inbox", "drafts", "sent", "trash", "archive"}
    box.close()


@pytest.mark.parametrize("way", [{"secret": "wr0ng-secret"}, {"auth": "xoauth2", "secret": "wr0ng-token"}], ids=str)
def test_a_wrong_secret_is_refused_and_repeated_nowhere(
    server: Dovecot, way: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = account(server, **way)
    with pytest.raises(MailboxError, match="does not let you in") as caught:
        ImapMailbox(made, tls=server.tls())
    assert way["secret"] not in f"{caught.value} {made!r} {caplog.text}"


def test_secrets_are_in_no_log_of_ours(server: Dovecot, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for way in ({}, {"auth": "xoauth2", "secret": TOKEN}):
        ImapMailbox(account(server, **way), tls=server.tls()).close()
    assert PASSWORD not in caplog.text
    assert TOKEN not in caplog.text


def test_a_certificate_that_is_not_trusted_is_not_trusted(server: Dovecot) -> None:
    with pytest.raises(MailboxError, match="cannot be reached"):
        ImapMailbox(account(server))


def test_a_password_is_not_sent_in_the_clear_beyond_this_machine(server: Dovecot) -> None:
    with pytest.raises(SettingsError, match="in the clear"):
        ImapMailbox(account(server, host="mail.example.com", security="none"))


def test_a_mail_is_read_with_every_byte_and_stays_unread(box: ImapMailbox, folder: str) -> None:
    listed = box.summaries(folder)
    assert [(one.subject, one.flags, one.bytes) for one in listed] == [("Budget", (), len(MAIL))]
    assert box.read(listed[0].place) == MAIL
    assert box.summaries(folder)[0].flags == ()


def test_a_search_finds_words_in_any_alphabet(box: ImapMailbox, folder: str) -> None:
    box._append(folder, "From: a@b.c\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\n".encode())
    assert [len(box.summaries(folder, query=words)) for words in ("meet", "Grüße", "nothing of it")] == [1, 1, 0]


def test_marks_are_real_flags_and_keywords(box: ImapMailbox, folder: str) -> None:
    place = box.summaries(folder)[0].place
    edits = [SetFlags(at="message", read=True, flagged=True), SetCategories(at="message", add=("Finance",))]
    apply_live(box, place, edits, at=AT)
    assert [(set(one.flags), one.categories) for one in box.summaries(folder)] == [({"read", "flagged"}, ("Finance",))]
    edits = [SetFlags(at="message", flagged=False), SetCategories(at="message", remove=("Finance",))]
    apply_live(box, place, edits, at=AT)
    assert [(one.flags, one.categories) for one in box.summaries(folder)] == [(("read",), ())]


def test_a_mail_is_moved_and_found_again(box: ImapMailbox, folder: str) -> None:
    place = box.summaries(folder)[0].place
    done = apply_live(box, place, [MoveMessage(at="message", folder="Archive")], at=AT)
    assert done.place.startswith("Archive;UIDVALIDITY=")
    assert box.read(done.place) == MAIL
    with pytest.raises(AnchorNotFoundError):
        box.read(place)


@pytest.mark.parametrize("kind", [Reply, ReplyAll])
def test_an_answer_lies_in_the_drafts_with_the_mailboxes_own_address(
    box: ImapMailbox, folder: str, kind: type[Reply | ReplyAll]
) -> None:
    place = box.summaries(folder)[0].place
    done = apply_live(box, place, [kind(at="message", text="Yes.")], at=AT)
    view = Message(box.read(done.place)).view()
    to = ["bob@example.net"] + (["carol@example.org"] if kind is ReplyAll else [])
    assert ([one.address for one in view.from_], [one.address for one in view.to]) == ([USER], to)
    assert view.in_reply_to == ("1@example.net",)
    assert done.place.startswith("Drafts;")
    found = next(one for one in box.summaries("Drafts") if one.place == done.place)
    assert "draft" in found.flags
    assert box.read(place) == MAIL


def test_a_draft_is_changed_in_its_place(box: ImapMailbox) -> None:
    done = draft_live(box, NewMessage(to=("bob@example.net",), subject="One", text="Hello."), at=AT)
    changed = apply_live(box, done.place, [SetSubject(at="message", subject="Two")], at=AT)
    assert Message(box.read(changed.place)).view().subject == "Two"
    with pytest.raises(AnchorNotFoundError):
        box.read(done.place)


def test_a_received_mail_is_not_changed(box: ImapMailbox, folder: str) -> None:
    place = box.summaries(folder)[0].place
    with pytest.raises(ProtectedDocumentError):
        apply_live(box, place, [SetSubject(at="message", subject="Two")], at=AT)
    assert box.read(place) == MAIL


def test_a_stale_anchor_and_mixed_lists_change_nothing(box: ImapMailbox, folder: str) -> None:
    place = box.summaries(folder)[0].place
    with pytest.raises(AnchorNotFoundError):
        apply_live(box, place, [SetFlags(at="message~00000000", flagged=True)], at=AT)
    with pytest.raises(EditConflictError):
        apply_live(box, place, [SetFlags(at="message", flagged=True), Reply(at="message", text="x")], at=AT)
    with pytest.raises(UnsupportedEditError):
        apply_live(box, place, [SetCategories(at="message", add=("two words",))], at=AT)
    assert box.summaries(folder)[0].flags == ()


def test_new_numbers_of_the_server_make_places_stale(box: ImapMailbox, folder: str) -> None:
    name, validity, uid = split_place(box.summaries(folder)[0].place)
    assert name == folder
    for place in (place_of(folder, validity + 1, uid), place_of(folder, validity, uid + 1), "INBOX/1"):
        with pytest.raises(AnchorNotFoundError):
            box.read(place)


def test_a_thread_is_rebuilt_from_heads(box: ImapMailbox, folder: str) -> None:
    box._append(folder, mail(2, references="<1@example.net>"))
    found = threads(box.summaries(folder))
    assert [[(node.depth, node.message.subject) for node in one.nodes] for one in found] == [
        [(0, "Budget"), (1, "Mail 2")]
    ]


def test_new_and_changed_mails_are_told(box: ImapMailbox, folder: str) -> None:
    found = box.changes(folder)
    assert [one.subject for one in found.mails] == ["Budget"]
    assert box.changes(folder, found.since).mails == ()
    box.set_flags(found.mails[0].place, {"flagged": True})
    box._append(folder, mail(2))
    again = box.changes(folder, found.since)
    assert [(one.subject, "flagged" in one.flags) for one in again.mails] == [("Budget", True), ("Mail 2", False)]
    with pytest.raises(AnchorNotFoundError):
        box.changes(folder, "1.1.1")


def test_a_folder_that_is_not_there_is_said(box: ImapMailbox) -> None:
    with pytest.raises(MailboxError, match="does not open 'Nowhere'"):
        box.summaries("Nowhere")


def test_a_mailbox_of_the_configuration_is_used_from_the_command_line(
    server: Dovecot, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "polydesk.toml"
    config.write_text(
        f'[mailboxes.work]\nkind = "imap"\nuser = "{USER}"\nhost = "localhost"\nport = {server.tls_port}\n'
        'password_file = "secret"\n',
        encoding="utf-8",
    )
    (tmp_path / "secret").write_text(PASSWORD + "\n", encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    (listed,) = polydesk("--config", config, "mail", "list", "work", "--folder", folder, "--json").json()
    assert "Can we meet?" in polydesk("--config", config, "mail", "show", "work", listed["place"]).out
    ran = polydesk("--config", config, "mail", "reply", "work", listed["place"], "--text", "Yes.")
    assert ran.out.startswith("Draft: Drafts;UIDVALIDITY=")
    (tmp_path / "secret").write_text("wr0ng-secret", encoding="utf-8")
    refused = polydesk("--config", config, "mail", "folders", "work")
    assert (refused.code, "wr0ng" in refused.err, "does not let you in" in refused.err) == (15, False, True)
