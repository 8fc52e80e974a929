"""An earlier mail below an answer, as Outlook quotes it: a line, the head of the mail, its text."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Sequence
from datetime import datetime

from polydesk.office.mail.content import Content
from polydesk.office.mail.headers import addresses, parsed_date
from polydesk.office.mail.html_text import html_text
from polydesk.office.mail.read import read_body

RULE = "_" * 32
MARK = '<div id="appendonsend"></div>'
"""Outlook's own mark of where the answer ends and the quotation begins."""
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_END = re.compile(r"</body\s*>|</html\s*>", re.IGNORECASE)
_CHARSET = re.compile(r"""(<meta\b[^>]*?charset\s*=\s*["']?)[\w.:-]+""", re.IGNORECASE)
_STYLE = "font-family:Aptos,Calibri,Helvetica,sans-serif; font-size:11pt"


def written_date(moment: datetime) -> str:
    """In words that need no locale, with the offset that the sender wrote."""
    day = f"{_DAYS[moment.weekday()]}, {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
    return f"{day} {moment:%H:%M} {moment:%z}".rstrip()


def head_of(content: Content) -> list[tuple[str, str]]:
    """The lines that introduce the quoted mail."""
    moment = parsed_date(content.first("date") or "")
    lines = [("From", _people(content, "from"))]
    if moment is not None:
        lines.append(("Sent", written_date(moment)))
    lines += [("To", _people(content, "to")), ("Cc", _people(content, "cc"))]
    return [
        (name, value)
        for name, value in [*lines, ("Subject", content.first("subject") or "")]
        if value or name == "Subject"
    ]


def _people(content: Content, name: str) -> str:
    listed = [one for value in content.all(name) for one in addresses(value)]
    return "; ".join(
        f"{one.name} <{one.address}>" if one.name and one.address else one.name or one.address for one in listed
    )


def plain_text(content: Content) -> str:
    """The whole text of a mail, its own quotations included, as plain text."""
    if content.body and all(part.media_type != "text/html" for part in content.body):
        return "\n\n".join(part.text.strip("\n") for part in content.body)
    if content.plain and any(part.text.strip() for part in content.plain):
        return "\n\n".join(part.text.strip("\n") for part in content.plain)
    lines: list[str] = []
    for part in content.html:
        lines += [f"{'>' * line.depth}{' ' if line.depth else ''}{line.text}" for line in html_text(part.text).lines]
    return "\n".join(lines)


def quoted_plain(content: Content) -> str:
    """What stands below the answer in plain text."""
    head = [f"{name}: {value}" for name, value in head_of(content)]
    return "\n".join([RULE, *head, "", plain_text(content)])


def answer_html(text: str) -> str:
    """The answer's own lines as HTML."""
    lines = [
        f"<div>{entities.escape(line, quote=False) if line.strip() else '<br>'}</div>" for line in text.split("\n")
    ]
    return f'<div style="{_STYLE}">\n' + "\n".join(lines) + "\n</div>"


def html_page(body: str) -> str:
    """A page around it."""
    head = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
    return f"<html>\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>"


def quoting_html(answer: str, content: Content) -> tuple[str, bool]:
    """A page with the answer above the quoted mail, and whether the mail's HTML had to be left for its text.

    HTML that holds scripts, forms or frames is not passed on.
    """
    source = _source(content)
    head = "<br>\n".join(f"<b>{name}:</b> {entities.escape(value, quote=False)}" for name, value in head_of(content))
    above = (
        f'{answer}\n<div><br></div>\n{MARK}\n<hr style="display:inline-block;width:98%" tabindex="-1">\n'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">'
        f"{head}</font>\n<div>&nbsp;</div>\n</div>\n"
    )
    if source is None:
        return html_page(above + _as_html(plain_text(content))), bool(content.html)
    start = _BODY.search(source)
    if start is None:
        end = _END.search(source)
        return html_page(
            above + re.sub(r"(?is)^.*?<html\b[^>]*>|<head\b.*?</head>", "", source[: end.start() if end else None])
        ), False
    return _CHARSET.sub(r"\1utf-8", source[: start.end()]) + "\n" + above + source[start.end() :], False


def _source(content: Content) -> str | None:
    """The mail's HTML; None when it has none, or none that is passed on."""
    pages = [part.text for part in content.body if part.media_type == "text/html"]
    if len(pages) != 1 or len(content.body) != 1 or html_text(pages[0]).active:
        return None
    return pages[0]


def _as_html(text: str) -> str:
    lines = "<br>\n".join(entities.escape(line, quote=False) for line in text.split("\n"))
    return f'<div class="PlainText" style="font-size:11pt; white-space:pre-wrap">{lines}</div>'


def passes_html(content: Content) -> bool:
    """Whether an answer to the mail is written as HTML, as Outlook does after HTML."""
    return any(part.media_type == "text/html" for part in content.body)


def cids_in(html: str) -> set[str]:
    """The parts that HTML shows, by their ids."""
    return {entities.unescape(found).strip() for found in re.findall(r"""cid:([^"'\s)>]+)""", html, re.IGNORECASE)}


def own_text(content: Content) -> str:
    """What the mail says itself, without quotations."""
    return "\n\n".join(block.text for block in read_body(content).blocks if block.kind in ("new", "signature"))


_QUOTE_STARTS: Sequence[re.Pattern[str]] = (
    re.compile(r"""<div\b[^>]*\bid=["']?(?:x_)?appendonsend\b[^>]*>""", re.IGNORECASE),
    re.compile(r"""<(?:hr|div)\b[^>]*\bid=["']?(?:x_)?(?:stopSpelling|divRplyFwdMsg)\b[^>]*>""", re.IGNORECASE),
    re.compile(
        r"""<div\b[^>]*\bclass=["']?[^"'>]*\b(?:gmail_quote|moz-cite-prefix|moz-forward-container)\b[^>]*>""",
        re.IGNORECASE,
    ),
    re.compile(r"""<blockquote\b[^>]*\btype=["']?cite\b[^>]*>""", re.IGNORECASE),
    re.compile(r"""<div\b[^>]*border-top:\s*solid\s+#?(?:E1E1E1|B5C4DF)[^>]*>""", re.IGNORECASE),
)


def html_with_answer(source: str, answer: str) -> str | None:
    """The page with another answer above what it quotes; None when it shows no beginning of a quotation."""
    starts = [found.start() for pattern in _QUOTE_STARTS if (found := pattern.search(source))]
    body = _BODY.search(source)
    if not starts or body is None or min(starts) < body.end():
        return None
    return f"{source[: body.end()]}\n{answer}\n<div><br></div>\n{source[min(starts) :]}"
