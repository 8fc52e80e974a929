"""Drafts go to whom they should, stay in their thread, and quote as Outlook does."""

from __future__ import annotations

import base64
import email
import email.policy
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from polydesk.core.errors import AnchorNotFoundError, EditConflictError, OfficeError, UnsupportedEditError
from polydesk.office.mail.edits import (
    AddRecipient,
    Edit,
    Forward,
    MoveMessage,
    NewAttachment,
    NewMessage,
    RemoveAttachment,
    RemoveRecipient,
    ReplaceBody,
    Reply,
    ReplyAll,
    SetCategories,
    SetSubject,
)
from polydesk.office.mail.message import Message
from polydesk.office.mail.views import MessageView
from tests.office.mail.samples import AT, RICH


def received(**fields: str) -> bytes:
    head = {"From": "Bob <bob@example.net>", "To": "me@example.org", "Subject": "Plan", "Message_ID": "<1@x>", **fields}
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in head.items() if value]
    return ("".join(lines) + "\r\nHello.\r\n").encode()


def drafted(data: bytes, edit: Edit) -> MessageView:
    return Message(Message(data).apply([edit], at=AT).data).view()


def people(listed: Any) -> list[str]:
    return [one.address for one in listed]


ME = ("me@example.org",)


@pytest.mark.parametrize(
    ("fields", "to_sender", "to_all", "cc_all"),
    [
        ({}, ["bob@example.net"], ["bob@example.net"], []),
        ({"Reply_To": "list@x.org"}, ["list@x.org"], ["list@x.org"], []),
        ({"To": "me@example.org, a@x.org", "Cc": "b@x.org, ME@example.org"}, ["bob@example.net"],
         ["bob@example.net", "a@x.org"], ["b@x.org"]),
        ({"To": "a@x.org, A@X.org", "Cc": "a@x.org"}, ["bob@example.net"], ["bob@example.net", "a@x.org"], []),
        ({"From": "me@example.org", "To": "a@x.org", "Cc": "b@x.org"}, ["a@x.org"], ["a@x.org"], ["b@x.org"]),
        ({"Mail_Followup_To": "list@x.org, bob@example.net"}, ["bob@example.net"],
         ["list@x.org", "bob@example.net"], []),
        ({"Mail_Reply_To": "r@x.org"}, ["r@x.org"], ["r@x.org"], []),
        ({"From": "", "Sender": "s@x.org"}, ["s@x.org"], ["s@x.org"], []),
        ({"To": "Team: a@x.org, me@example.org;"}, ["bob@example.net"], ["bob@example.net", "a@x.org"], []),
    ],
    ids=str,
)  # fmt: skip
def test_an_answer_goes_to_whom_it_should(
    fields: dict[str, str], to_sender: list[str], to_all: list[str], cc_all: list[str]
) -> None:
    one = drafted(received(**fields), Reply(at="message", text="x", own_addresses=ME))
    every = drafted(received(**fields), ReplyAll(at="message", text="x", own_addresses=ME))
    assert (people(one.to), people(one.cc)) == (to_sender, [])
    assert (people(every.to), people(every.cc)) == (to_all, cc_all)


def test_a_mail_without_a_sender_cannot_be_answered() -> None:
    with pytest.raises(UnsupportedEditError, match="names no sender"):
        drafted(received(From=""), Reply(at="message", text="x"))


def test_an_answer_stays_in_its_thread() -> None:
    view = drafted(RICH, Reply(at="message", text="x"))
    assert (view.in_reply_to, view.references) == (("1@example.com",), ("0@example.com", "1@example.com"))
    assert (view.subject, view.thread_topic) == ("RE: Büdget", "Budget")
    assert (view.sensitivity, view.draft) == ("private", True)


def test_thread_index_grows_by_five_bytes_an_answer() -> None:
    data = received()
    for length in (27, 32, 37):
        edit = Reply(at="message", text="x", sender="me@example.org")
        data = Message(data).apply([edit], at=AT + timedelta(minutes=length)).data
        index = Message(data).content.first("thread-index")
        assert len(base64.b64decode(index or "")) == length


def test_html_is_answered_in_html_with_its_pictures_and_style() -> None:
    result = Message(RICH).apply(
        [ReplyAll(at="message", text="Yes <b>&\nno", own_addresses=("ann@example.org",))], at=AT
    )
    draft = Message(result.data)
    (html,) = (part.text for part in draft.content.html)
    assert "<style>p {color: red}</style>" in html
    assert "<div>Yes &lt;b&gt;&amp;</div>" in html
    assert html.index("appendonsend") < html.index("divRplyFwdMsg") < html.index("<p>Hello <b>there</b> é</p>")
    assert 'charset="utf-8"' in html
    assert [(one.name, one.inline, one.content_id) for one in draft.attachments()] == [("pic.png", True, "pic@x")]
    (plain,) = (part.text for part in draft.content.plain)
    assert plain.startswith(
        "Yes <b>&\nno\n\n________________________________\nFrom: Jörg <joerg@example.com>\nSent: Monday, "
    )


def test_a_forward_carries_every_attachment_once() -> None:
    draft = Message(Message(RICH).apply([Forward(at="message", to=("d@x.org",), text="See.")], at=AT).data)
    assert [(one.name, one.inline, one.read()) for one in draft.attachments()] == [
        ("pic.png", True, base64.b64decode("iVBORw==")),
        ("plan.pdf", False, b"%PDF-"),
    ]


def test_html_with_scripts_is_not_passed_on() -> None:
    data = received(Content_Type="text/html").replace(b"Hello.", b"<p>Hello.</p><script>x()</script>")
    result = Message(data).apply([Reply(at="message", text="Yes.")], at=AT)
    assert b"script" not in result.data.replace(b"scripts", b"")
    assert "scripts, forms or frames" in " ".join(result.edits[0].notes)


def test_an_encrypted_mail_is_not_quoted_but_can_be_attached() -> None:
    data = received(Content_Type="application/pkcs7-mime; smime-type=enveloped-data")
    assert [block.text for block in drafted(data, Reply(at="message", text="Which key?")).blocks] == ["Which key?"]
    with pytest.raises(UnsupportedEditError, match="encrypted"):
        drafted(data, Forward(at="message", to=("d@x.org",)))
    whole = Message(Message(data).apply([Forward(at="message", to=(), as_attachment=True)], at=AT).data)
    assert whole.attachments()[0].read() == data


def test_a_new_message_is_right_to_other_programs() -> None:
    edit = NewMessage(
        to=("Zoë Ünal <z@x.org>", "b@x.org"),
        bcc=("c@x.org",),
        subject="Grüße " * 20,
        text="From here\n.\nLong " + "word " * 60 + "\n>not a quotation\nende é",
        html="<p>hi</p>",
        sender="Me <me@example.org>",
        importance="high",
        attachments=(NewAttachment(name="bericht für März.docx", data=b"PK"),),
    )
    data = Message(received()).apply([edit], at=AT).data
    parsed = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    assert parsed["Subject"] == ("Grüße " * 20).strip()
    assert [(a.display_name, a.addr_spec) for a in parsed["To"].addresses] == [("Zoë Ünal", "z@x.org"), ("", "b@x.org")]
    assert (parsed["X-Unsent"], parsed["Importance"], parsed["Bcc"]) == ("1", "high", "c@x.org")
    (attachment,) = parsed.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content_type().rpartition(".")[2]) == (
        "bericht für März.docx",
        "document",
    )
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    view = Message(data).view()
    body = view.blocks[0].text
    assert body == "hi"


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (NewMessage(to=("nobody",)), "no address that mail can be sent to"),
        (NewMessage(to=("a@x.org\r\nBcc: evil@x.org",)), "no address that mail can be sent to"),
        (NewMessage(sender="ä@x.org"), "no address that mail can be sent to"),
        (NewMessage(attachments=(NewAttachment(name="", data=b""),)), "needs a name"),
        (NewMessage(attachments=(NewAttachment(name="x", data=b"", media_type="a\r\nb/c"),)), "no media type"),
        (RemoveRecipient(at="message", address="zz@x.org"), "no recipient"),
        (SetCategories(at="message", add=("a,b",)), "cannot be a category"),
        (MoveMessage(at="message", folder="x"), "for live mailboxes"),
        (ReplaceBody(at="message", text="x", html="<p>x"), "plain text"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(edit: Edit, words: str) -> None:
    with pytest.raises(UnsupportedEditError, match=words):
        Message(received()).apply([edit], ignore_protection=True)


def test_no_header_can_be_slipped_in_by_a_subject() -> None:
    view = drafted(received(), NewMessage(subject="x\r\nBcc: evil@x.org", to=("a@x.org",)))
    assert (view.subject, view.bcc) == ("x Bcc: evil@x.org", ())


@pytest.mark.parametrize(
    ("edits", "error"),
    [
        ([Reply(at="message", text="x"), Reply(at="message", text="y")], EditConflictError),
        ([Reply(at="message", text="x"), SetSubject(at="message", subject="y")], EditConflictError),
        ([SetSubject(at="message", subject="x"), SetSubject(at="message", subject="y")], EditConflictError),
        (
            [AddRecipient(at="message", address="a@x.org"), RemoveRecipient(at="message", address="A@x.org")],
            EditConflictError,
        ),
        ([SetCategories(at="message", add=("a",)), SetCategories(at="message", remove=("a",))], EditConflictError),
        ([Reply(at="message~00000000", text="x")], AnchorNotFoundError),
        ([Reply(at="body/p1", text="x")], AnchorNotFoundError),
        ([RemoveAttachment(at="part/7")], AnchorNotFoundError),
        ([RemoveAttachment(at="part/2~00000000")], AnchorNotFoundError),
        ([RemoveAttachment(at="message")], AnchorNotFoundError),
        ([SetSubject(at="part/2", subject="x")], AnchorNotFoundError),
    ],
)
def test_lists_that_cannot_be_meant_change_nothing(edits: list[Edit], error: type[OfficeError]) -> None:
    message = Message(RICH)
    with pytest.raises(error, match=r"Edit|list"):
        message.apply(edits, ignore_protection=True)
    assert message.check(edits) != [] or len(edits) > 1


def test_the_answer_in_a_draft_is_replaced_and_the_quotation_stays() -> None:
    draft = Message(Message(RICH).apply([Reply(at="message", text="First.")], at=AT).data)
    quoted = [block for block in draft.view().blocks if block.kind == "quoted"]
    changed = Message(draft.apply([ReplaceBody(at=draft.view().anchor, text="Second é.")]).data)
    assert [block.text for block in changed.view().blocks if block.kind == "new"] == ["Second é."]
    assert [block for block in changed.view().blocks if block.kind == "quoted"] == quoted
    assert changed.content.plain[0].text.startswith("Second é.\n\n____")
    alone = Message(draft.apply([ReplaceBody(at="message", text="Third.", keep_quoted=False)]).data)
    assert [(block.kind, block.text) for block in alone.view().blocks] == [("new", "Third.")]
