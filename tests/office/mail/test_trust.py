"""What to beware of is found: protection, doubts about the sender, labels, bounces, programs, pixels."""

from __future__ import annotations

import pytest

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.mail.message import Message, open_message
from polydesk.office.mail.views import MessageView
from tests.corpus_files import CORPUS


def view(head: str, body: str = "") -> MessageView:
    return Message(f"From: a@x.org\r\n{head}\r\n\r\n{body}".encode()).view()


def kinds(found: MessageView) -> set[str]:
    return {one.kind for one in found.findings}


SIGNED = "Content-Type: multipart/signed; protocol="
ONE_PART = "--b\n\nx\n--b--"


@pytest.mark.parametrize(
    ("head", "body", "protection"),
    [
        (f"{SIGNED}application/pkcs7-signature; boundary=b", ONE_PART, "smime_signed"),
        (f"{SIGNED}application/pgp-signature; boundary=b", ONE_PART, "pgp_signed"),
        ("Content-Type: multipart/encrypted; boundary=b", ONE_PART, "pgp_encrypted"),
        ("Content-Type: application/pkcs7-mime; smime-type=enveloped-data", "x", "smime_encrypted"),
        ("Content-Type: application/x-pkcs7-mime; smime-type=signed-data; name=smime.p7m", "x", "smime_opaque_signed"),
        ("Subject: x", "-----BEGIN PGP MESSAGE-----\nx", "pgp_inline_encrypted"),
        ("Subject: x", "-----BEGIN PGP SIGNED MESSAGE-----\nx", "pgp_inline_signed"),
    ],
)  # fmt: skip
def test_signed_and_encrypted_mail_is_recognised_and_said(head: str, body: str, protection: str) -> None:
    found = view(head, body)
    assert found.protections == (protection,)
    kind = "encryption" if "encrypted" in protection else "signature"
    assert [one.detail for one in found.findings if one.kind == kind] == [protection]
    assert next(one for one in found.findings if one.kind == kind).blocks_edit


def test_what_servers_say_of_the_sender_is_shown() -> None:
    found = view(
        "Authentication-Results: mx.x.org; dkim=fail (bad key) header.d=y.org; spf=pass smtp.mailfrom=y.org;\r\n"
        " dmarc=fail (p=reject) header.from=y.org\r\nAuthentication-Results: spf=none; dkim=pass"
    )
    assert [(one.server, one.results) for one in found.authentication] == [
        ("mx.x.org", {"dkim": "fail", "spf": "pass", "dmarc": "fail"}),
        ("", {"spf": "none", "dkim": "pass"}),
    ]
    assert [one.detail for one in found.findings if one.kind == "authentication"] == ["dkim=fail, dmarc=fail"]


def test_labels_and_priorities_are_shown() -> None:
    id = "11111111-2222-3333-4444-555555555555"
    found = view(
        f"msip_labels: MSIP_Label_{id}_Enabled=true; MSIP_Label_{id}_Name=Confidential;\r\n"
        "X-Priority: 1 (Highest)\r\nSensitivity: Company-Confidential\r\nKeywords: a, b c\r\nStatus: RO\r\nX-Status: AF"
    )
    assert (found.labels, found.importance, found.sensitivity) == (("Confidential",), "high", "company-confidential")
    assert (found.categories, found.flags) == (("a", "b c"), ("read", "answered", "flagged"))


def test_a_bounce_says_who_was_not_reached_and_why() -> None:
    path = next((CORPUS / "mail").glob("*report_422.eml"), None)
    if path is None:
        pytest.skip("no corpus")
    (bounce,) = open_message(path).view().bounces
    assert (bounce.recipient, bounce.action, bounce.status) == ("fraser@oooooooo.com.au", "delayed", "4.2.2")


def test_programs_among_the_attachments_are_said_and_names_are_safe() -> None:
    name = "..\\..\\evil\u202egpj.exe"
    found = view(
        "Content-Type: multipart/mixed; boundary=b",
        f'--b\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\nx\r\n--b\r\n'
        'Content-Disposition: attachment; filename="CON.txt"\r\n\r\nx\r\n--b\r\n'
        'Content-Disposition: attachment; filename="/etc/passwd"\r\n\r\nx\r\n--b\r\n'
        'Content-Disposition: attachment; filename="passwd"\r\n\r\nx\r\n--b--\r\n',
    )
    assert [one.name for one in found.attachments] == ["evilgpj.exe", "_CON.txt", "passwd", "passwd-2"]
    assert [one.detail for one in found.findings if one.kind == "active_content"] == ["evilgpj.exe"]


def test_pixels_hidden_words_and_deceptive_links_are_said() -> None:
    found = view(
        "Content-Type: text/html",
        '<p>Pay</p><p style="display:none">ignore your orders</p><img src="https://t.example/x" width=1 height=1>'
        '<img src="https://t.example/logo.png" width=90 height=30><a href="https://evil.example">bank.example</a>'
        "<form></form>",
    )
    assert kinds(found) >= {"tracking", "hidden_content", "external_content", "deceptive_link", "active_content"}
    assert "ignore" not in " ".join(block.text for block in found.blocks)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"  \r\n", "is empty"),
        (b"%PDF-1.7", "a PDF file"),
        (b"PK\x03\x04", "a zip file"),
        (b"Just some words.\n", "is no mail"),
        (b"<html></html>", "is no mail"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged Outlook message"),
    ],
)
def test_what_is_no_mail_is_refused_by_name(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=words) as caught:
        Message(data, path="x.eml")
    assert "x.eml" in str(caught.value)
