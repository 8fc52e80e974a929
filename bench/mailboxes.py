"""Mailboxes of any size in the mbox format: threads of plain and HTML messages, some with an attachment."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

_START = datetime(2025, 1, 1, tzinfo=UTC)
_WORDS = ("invoice", "meeting", "report", "delivery", "contract", "budget", "review", "offer", "holiday", "server")


def make_mbox(path: Path, *, messages: int, seed: int = 1) -> None:
    """Write so many messages, five to a thread; one in twenty has an attachment, one in three is HTML too."""
    chance = random.Random(seed)
    with path.open("wb") as file:
        for number in range(messages):
            at = _START + timedelta(minutes=7 * number)
            file.write(f"From sender@example.org {at:%a %b %d %H:%M:%S %Y}\n".encode())
            file.write(_message(number, at, chance))
            file.write(b"\n")


def _message(number: int, at: datetime, chance: random.Random) -> bytes:
    message = EmailMessage()
    first, place = number - number % 5, number % 5
    subject = f"About the {_WORDS[(first // 5) % len(_WORDS)]} of week {first // 500}"
    message["From"] = f"Person {number % 40} <person{number % 40}@example.org>"
    message["To"] = f"person{(number + 1) % 40}@example.org"
    message["Subject"] = f"Re: {subject}" if place else subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{number}@example.org>"
    if place:
        message["In-Reply-To"] = f"<{number - 1}@example.org>"
        message["References"] = " ".join(f"<{one}@example.org>" for one in range(first, number))
    lines = [" ".join(chance.choices(_WORDS, k=11)) for _ in range(chance.randint(4, 14))]
    message.set_content("From here on:\n" + "\n".join(lines) + "\n")
    if number % 3 == 0:
        message.add_alternative(
            "<html><body>" + "".join(f"<p>{line}</p>" for line in lines) + "</body></html>", subtype="html"
        )
    if number % 20 == 0:
        message.add_attachment(
            chance.randbytes(900), maintype="application", subtype="octet-stream", filename="data.bin"
        )
    return message.as_bytes().replace(b"\nFrom ", b"\n>From ")
