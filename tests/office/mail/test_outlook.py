"""What Outlook packs is unpacked: compressed RTF, the HTML inside it, winmail.dat, `.msg` items."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.office.mail.edits import Forward
from polydesk.office.mail.lzfu import unpack
from polydesk.office.mail.message import Message, open_message
from polydesk.office.mail.msg_fields import _address  # pyright: ignore[reportPrivateUsage]
from polydesk.office.mail.rtf import body_of, unpacked
from polydesk.office.mail.tnef import read_tnef
from tests.corpus_files import CORPUS


def literal(rtf: bytes) -> bytes:
    """RTF packed without a single reference."""
    body = b"".join(b"\0" + rtf[at : at + 8] for at in range(0, len(rtf), 8))
    return struct.pack("<II4sI", len(body) + 12, len(rtf), b"LZFu", 0) + body


def test_compressed_rtf_with_crossing_references_is_unpacked() -> None:
    # [MS-OXRTFCP] 4.1.2: a reference that runs into what it writes.
    packed = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert unpack(packed) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


@given(st.binary(max_size=200))
def test_no_bytes_make_the_readers_raise(data: bytes) -> None:
    unpack(b"\x20\0\0\0\xff\xff\0\0LZFu\0\0\0\0" + data)
    read_tnef(b"\x78\x9f\x3e\x22\0\0" + data)
    body_of(b"{\\rtf1\\fromhtml1 " + data)
    body_of(data)


@given(st.binary(max_size=100))
def test_literal_tokens_give_back_what_was_packed(rtf: bytes) -> None:
    assert unpack(literal(rtf)) == rtf


@pytest.mark.parametrize(
    ("rtf", "kind", "body"),
    [
        (rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Hi\htmlrtf }\htmlrtf0 {\*\htmltag72 </p>}}",
         "html", "<p>Hi</p>"),
        (rb"{\rtf1\ansi\ansicpg932\fromhtml1 \'82\'b1{\*\htmltag64 <br>}}", "html", "\u3053<br>"),
        (rb"{\rtf1\fromhtml1 {\*\htmltag241 <style>\{a:b\}\par </style>}\u8364?x}",
         "html", "<style>{a:b}\n</style>\u20acx"),
        (rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 One\par Two\tab \u252\'fc\u8364?}", "text", "One\nTwo\t\xfc\u20ac"),
        (rb"{\rtf1{\*\generator X;}\uc0\u-10179\u-8704 a}", "text", "\U0001f600a"),
    ],
)  # fmt: skip
def test_the_body_inside_rtf_is_taken_out(rtf: bytes, kind: str, body: str) -> None:
    assert body_of(rtf) == (kind, body)
    assert unpacked(literal(rtf)) == rtf


def winmail(*attributes: tuple[int, int, bytes]) -> bytes:
    made = b"\x78\x9f\x3e\x22\x01\x00"
    for level, name, value in attributes:
        made += struct.pack("<BIi", level, name, len(value)) + value + b"\0\0"
    return made


def test_a_winmail_gives_its_text_and_files() -> None:
    name = struct.pack("<HHII", 0x1F, 0x3707, 1, 10) + "Pl\xe4n\0".encode("utf-16-le") + b"\0\0"
    data = winmail(
        (1, 0x00069007, struct.pack("<II", 1251, 0)),
        (1, 0x0002800C, "\u041f\u0440\u0438\u0432\u0435\u0442\0".encode("cp1251")),
        (2, 0x00069002, b"\0" * 14),
        (2, 0x00018010, b"short.txt\0"),
        (2, 0x0006800F, b"content"),
        (2, 0x00069005, struct.pack("<I", 1) + name),
    )
    head = b"Subject: x\r\nContent-Type: application/ms-tnef\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    view = Message(head + data).view()
    assert [block.text for block in view.blocks] == ["\u041f\u0440\u0438\u0432\u0435\u0442"]
    assert [(one.name, one.bytes) for one in view.attachments] == [("Pl\xe4n", 7)]


@pytest.mark.parametrize(
    ("name", "subject", "sender", "attachments"),
    [
        ("nonUnicodeCP932", None, None, []),
        ("msgInMsgInMsg", None, None, ["I have attachments!.eml", "blue.png"]),
        ("attachmentFiles", "attachmentFiles", "hmailuser@hmailserver.test", ["jpg.jpg", "png.png", "tif.tif"]),
        ("newOutlook_Microsoft_Outlook_test", "Microsoft Outlook \u30c6\u30b9\u30c8 \u30e1\u30c3\u30bb\u30fc\u30b8",
         "ku@digitaldolphins.jp", []),
    ],
)  # fmt: skip
def test_outlook_messages_say_what_outlook_shows(
    name: str, subject: str | None, sender: str | None, attachments: list[str]
) -> None:
    path = next((CORPUS / "msgreader").glob(f"*{name}.msg"), None)
    if path is None:
        pytest.skip("no corpus")
    view = open_message(path).view()
    assert "\ufffd" not in view.subject
    assert subject is None or view.subject == subject
    assert sender is None or [one.address for one in view.from_] == [sender]
    assert not attachments or len(view.attachments) == len(attachments)
    if subject is not None:
        assert [one.name for one in view.attachments] == attachments


def test_a_message_inside_a_msg_is_given_as_eml_and_passed_on() -> None:
    path = next((CORPUS / "msgreader").glob("*msgInMsg.msg"), None)
    if path is None:
        pytest.skip("no corpus")
    message = open_message(path)
    (inner,) = (one for one in message.attachments() if one.message is not None)
    said = Message(inner.read()).view()
    assert inner.message is not None
    assert (said.subject, said.draft) == (inner.message.first("subject"), False)
    draft = Message(message.apply([Forward(at="message", to=("a@x.org",))]).data)
    assert inner.read() in [one.read() for one in draft.attachments()]


def test_an_address_beyond_ascii_is_shown_as_it_is() -> None:
    assert _address("Ann", "änn@example.com", None, None) == '"Ann" <änn@example.com>'
