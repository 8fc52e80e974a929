"""Mail on the command line: read, threaded, drafted; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from polydesk.office.mail.message import open_message
from tests.cli.command import polydesk
from tests.mailboxes import graph_server
from tests.mailboxes.graph_server import TOKEN, Graph
from tests.mailboxes.mails import MAIL, mail


@pytest.fixture
def message(tmp_path: Path) -> Path:
    path = tmp_path / "message.eml"
    path.write_bytes(MAIL)
    return path


@pytest.fixture
def mbox(tmp_path: Path) -> Path:
    path = tmp_path / "archive.mbox"
    line = b"From bob@example.net Mon Jan  5 15:04:00 2026\n"
    path.write_bytes(line + mail(1) + b"\n" + line + mail(2, references="<m1@example.net>") + b"\n")
    return path


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Graph, Path]]:
    """A mailbox `work` in a configuration."""
    with graph_server.running() as graph:
        path = tmp_path / "polydesk.toml"
        path.write_text(
            f'[mailboxes.work]\nkind = "graph"\nuser = "me"\nbase_url = "{graph.base_url}"\n'
            'password_env = "WORK_TOKEN"\nown_addresses = ["ann@example.com"]\n',
            encoding="utf-8",
        )
        monkeypatch.setenv("WORK_TOKEN", TOKEN)
        yield graph, path


def test_an_mbox_is_listed_shown_and_threaded(mbox: Path) -> None:
    assert [one["place"] for one in polydesk("mail", "list", mbox, "--json").json()] == ["1", "2"]
    assert "Mail 2" in polydesk("mail", "list", mbox, "--query", "mail 2").out
    assert "Text 2" in polydesk("mail", "show", mbox, "2").out
    assert polydesk("mail", "threads", mbox).out.splitlines()[0].startswith("Mail 1 (2 mails")
    missing = polydesk("mail", "show", mbox, "3")
    assert (missing.code, "has no message 3" in missing.err) == (3, True)


def test_a_folder_is_listed_with_what_is_mail_in_it(mbox: Path, message: Path) -> None:
    (mbox.parent / "note.txt").write_text("no mail", encoding="utf-8")
    listed = polydesk("mail", "list", mbox.parent, "--json").json()
    assert [(one["place"], one["subject"]) for one in listed] == [("message.eml", "Budget")]
    assert "Can we meet?" in polydesk("mail", "show", mbox.parent, "message.eml").out


def test_an_answer_is_a_new_file_that_outlook_opens_as_a_draft(message: Path) -> None:
    ran = polydesk("mail", "reply", message, "--text", "Yes.", "--all", "--own", "ann@example.com")
    draft = message.with_name("message.draft.eml")
    assert (ran.code, ran.out) == (0, f"Draft: {draft}\n")
    view = open_message(draft).view()
    assert (view.draft, [one.address for one in view.to]) == (True, ["bob@example.net", "carol@example.org"])
    assert message.read_bytes() == MAIL
    again = polydesk("mail", "reply", message, "--text", "Yes.")
    assert (again.code, "already there" in again.err) == (2, True)


def test_a_forward_carries_files_and_the_mail(message: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.eml"
    note = tmp_path / "notes.txt"
    note.write_text("hi", encoding="utf-8")
    to = ("--to", "dan@example.com")
    ran = polydesk("mail", "forward", message, *to, "--as-attachment", "--attach", note, "-o", out)
    assert ran.code == 0
    found = open_message(out).attachments()
    assert [(one.name, one.read()) for one in found] == [("Budget.eml", MAIL), ("notes.txt", b"hi")]
    folder = tmp_path / "files"
    folder.mkdir()
    polydesk("mail", "show", out, "--save-attachments", folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"Budget.eml": MAIL, "notes.txt": b"hi"}


def test_an_invitation_is_made_and_answered(tmp_path: Path) -> None:
    invitation = tmp_path / "review.eml"
    ran = polydesk(
        "mail", "invite", "--from", "ann@example.com", "--to", "bob@example.net", "--subject", "Review", "--start",
        "2026-12-01T09:00", "--end", "2026-12-01T10:00", "--zone", "Europe/Berlin", "-o", invitation,
    )  # fmt: skip
    assert ran.code == 0
    assert "When: 2026-12-01T09:00:00+01:00" in polydesk("mail", "show", invitation).out
    answer = tmp_path / "answer.eml"
    polydesk("mail", "answer", invitation, "accepted", "--as", "bob@example.net", "-o", answer)
    (meeting,) = open_message(answer).view().invitations
    assert (meeting.method, meeting.attendees[0].answer) == ("REPLY", "ACCEPTED")


def test_a_mailbox_is_listed_and_drafted_into(work: tuple[Graph, Path], tmp_path: Path) -> None:
    graph, config = work
    place = graph.add(MAIL)
    assert "Inbox (inbox)  1 mails, 1 unread" in polydesk("--config", config, "mail", "folders", "work").out
    assert [one["place"] for one in polydesk("--config", config, "mail", "list", "work", "--json").json()] == [place]
    ran = polydesk("--config", config, "mail", "reply", "work", place, "--text", "Yes.", "--json")
    assert ran.json()["draft"] is True
    assert graph.messages[ran.json()["place"]].of == f"createReply {place}"
    changes = polydesk("--config", config, "mail", "changes", "work", "--json").json()
    assert [one["place"] for one in changes["mails"]] == [place]
    assert (
        "Next: --since http" in polydesk("--config", config, "mail", "changes", "work", "--since", changes["since"]).out
    )
    marks = tmp_path / "edits.json"
    marks.write_text('[{"edit": "set_flags", "at": "message", "read": true}]', encoding="utf-8")
    polydesk("--config", config, "mail", "apply", "work", place, marks)
    assert graph.messages[place].read
    new = polydesk("--config", config, "mail", "new", "--mailbox", "work", "--to", "d@example.com", "--text", "Hi.")
    assert new.out.startswith("Draft: ")
    assert [line for line in graph.asked if "send" in line.lower()] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list", "nowhere"], "neither a file or folder nor a mailbox"),
        (["show", "nowhere.eml"], "cannot be read"),
        (["new", "--text", "x"], "Say where the draft goes"),
        (["folders", "."], "is a file or folder"),
    ],
)
def test_wrong_use_is_said_in_a_sentence(arguments: list[str], words: str) -> None:
    ran = polydesk("mail", *arguments)
    assert ran.code in (2, 3)
    assert words in ran.err
