"""mbox files are indexed as the standard library indexes them, and better where it is wrong."""

from __future__ import annotations

import mailbox
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.mail import mbox as module
from polydesk.office.mail.mbox import Mbox, escaped, unescaped
from polydesk.office.mail.message import Message

LINE = b"From a@example.com Mon Jan  5 15:04:00 2026\n"
MAIL = b"From: a@example.com\nSubject: %d\n\nText %d\n"


def box(path: Path, data: bytes) -> Mbox:
    path.write_bytes(data)
    return Mbox(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.mbox"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("chunk", [4096, 1 << 18])
def test_every_message_is_found_wherever_the_pieces_end(
    path: Path, end: bytes, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CHUNK", chunk)
    mails = [(MAIL % (n, n) + b"x" * 76 + b"\n" * (1 + n % 3)).replace(b"\n", end) for n in range(400)]
    found = box(path, b"".join(LINE.replace(b"\n", end) + mail + end for mail in mails))
    assert [mail.rstrip() for mail in found.read_all()] == [mail.rstrip() for mail in mails]
    assert found.read(399) == mails[399]
    assert [Message(one).view().subject for one in found.heads()][:2] == ["0", "1"]


def test_spans_are_those_of_the_standard_library(path: Path) -> None:
    found = box(path, b"".join(LINE + MAIL % (n, n) + b"\n" for n in range(50)))
    standard = mailbox.mbox(str(path))
    standard.keys()
    assert [found.span(n) for n in range(50)] == list(standard._toc.values())  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
    standard.close()


def test_a_content_length_that_fits_is_believed(path: Path) -> None:
    body = b"Quoted:\n\n" + LINE + b"To: b@example.com\n\nInside.\n"
    mail = b"From: a@example.com\nContent-Length: %d\n\n" % len(body) + body
    found = box(path, LINE + mail + b"\n" + LINE + MAIL % (2, 2))
    assert list(found.read_all()) == [mail, MAIL % (2, 2)]
    wrong = mail.replace(b"Length: ", b"Length: 9")
    assert len(box(path, LINE + wrong + b"\n" + LINE + MAIL % (2, 2))) == 3


@pytest.mark.parametrize(
    "line",
    [
        b"From MAILER-DAEMON Fri Jul  8 12:08:34 2011\n",
        b"From - Mon Jan 05 15:04:00 2026\n",
        b"From a@example.com  Mon, 5 Jan 2026 15:04:00 +0100\n",
        b"From a b@example.com Mon Jan  5 15:04:00 2026 +0100\n",
        b"From someone@example.com\n",
    ],
)
def test_separators_of_odd_programs_are_known(path: Path, line: bytes) -> None:
    assert len(box(path, (line + MAIL % (1, 1) + b"\n") * 2)) == 2


def test_text_that_begins_with_from_is_text(path: Path) -> None:
    assert len(box(path, LINE + MAIL % (1, 1) + b"\nFrom here on we go.\n\nFrom Monday 5 on:\nall free\n")) == 1


def test_what_is_no_mbox_is_refused_by_name(path: Path) -> None:
    with pytest.raises(UnreadableDocumentError, match="is no mbox"):
        box(path, b"Subject: x\n\nhello\n")
    with pytest.raises(UnreadableDocumentError, match="has no message 2; it has 1"):
        box(path, LINE + MAIL % (1, 1)).read(1)
    with pytest.raises(UnreadableDocumentError, match="cannot be read"):
        Mbox(path.with_name("nowhere.mbox"))
    assert len(box(path, b"")) == 0


def test_an_mbox_opened_as_one_mail_says_what_to_do() -> None:
    with pytest.raises(UnreadableDocumentError, match="an mbox with 2 messages"):
        Message((LINE + MAIL % (1, 1) + b"\n") * 2)
    assert Message(LINE + MAIL % (1, 1)).view().subject == "1"


@settings(max_examples=50)
@given(st.lists(st.text(alphabet="From >\nabc", max_size=60), min_size=1, max_size=5))
def test_mboxrd_gives_back_any_text(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("mbox") / "x.mbox"
    mails = [b"Subject: x\n\n" + text.encode().rstrip(b"\n") + b"\n" for text in texts]
    found = box(path, b"".join(LINE + escaped(mail) + b"\n" for mail in mails))
    assert [unescaped(mail) for mail in found.read_all()] == mails
