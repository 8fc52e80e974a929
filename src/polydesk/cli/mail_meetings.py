"""`polydesk mail invite` and `answer`: meetings as drafts."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from polydesk.cli.mail import place_argument, source_argument
from polydesk.cli.mail_drafts import make_draft, make_new
from polydesk.cli.options import PATH, json_option
from polydesk.office.mail.edits import AnswerMeeting, NewMeeting


@click.command("invite")
@click.option("--mailbox", help="Mailbox of the configuration, into whose drafts it goes.")
@click.option("--from", "organizer", required=True, help="Who invites, such as `Ann <ann@example.com>`.")
@click.option("--to", multiple=True, required=True, help="Attendee; can be given several times.")
@click.option("--optional", multiple=True, help="Attendee who need not come.")
@click.option("--subject", required=True, help="What it is about.")
@click.option("--start", required=True, help="Such as 2026-12-01T09:00, or a day alone.")
@click.option("--end", required=True, help="The same.")
@click.option("--zone", help="Time zone of both, such as Europe/Berlin.")
@click.option("--location", default="", help="Where.")
@click.option("--repeat", help="An RRULE such as FREQ=WEEKLY;COUNT=10.")
@click.option("-t", "--text", default="", help="What to write.")
@click.option("-o", "--out", type=PATH, help="File to write.")
@click.option("--overwrite", is_flag=True, help="Replace OUT when it is already there.")
@json_option
def invite(
    mailbox: str | None,
    organizer: str,
    to: tuple[str, ...],
    optional: tuple[str, ...],
    subject: str,
    start: str,
    end: str,
    zone: str | None,
    location: str,
    repeat: str | None,
    text: str,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Draft an invitation to a meeting, with its calendar object. It is not sent.

    \b
    Examples:
      polydesk mail invite --from ann@example.com --to bob@example.net --subject Review \\
        --start 2026-12-01T09:00 --end 2026-12-01T10:00 --zone Europe/Berlin -o review.eml
    """
    edit = NewMeeting(
        subject=subject,
        start=start,
        end=end,
        organizer=organizer,
        attendees=to,
        zone=zone,
        optional=optional,
        location=location,
        text=text,
        recurrence=repeat,
    )
    make_new(mailbox, edit, out, overwrite=overwrite, as_json=as_json)


@click.command("answer")
@source_argument
@click.argument("answer", type=click.Choice(["accepted", "declined", "tentative"]))
@place_argument
@click.option("--as", "attendee", required=True, help="Address of the one who answers.")
@click.option("-t", "--text", default="", help="What to write.")
@click.option("-o", "--out", type=PATH, help="File to write.")
@click.option("--overwrite", is_flag=True, help="Replace OUT when it is already there.")
@json_option
def answer(
    source: str,
    answer: Literal["accepted", "declined", "tentative"],
    place: str | None,
    attendee: str,
    text: str,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Draft the answer to an invitation, for its organizer. It is not sent.

    \b
    Examples:
      polydesk mail answer invitation.eml accepted --as bob@example.net
    """
    make_draft(
        source,
        place,
        lambda at: AnswerMeeting(at=at, answer=answer, attendee=attendee, text=text),
        out,
        overwrite=overwrite,
        as_json=as_json,
    )
