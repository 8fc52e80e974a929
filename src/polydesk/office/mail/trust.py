"""What to know of a mail before it is believed or changed: protection, origin, labels, bounces, what its HTML does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from polydesk.office.mail.content import Content
from polydesk.office.mail.entities import parse_entity
from polydesk.office.mail.headers import decoded
from polydesk.office.mail.html_text import HtmlText
from polydesk.office.mail.views import AuthenticationView, BounceView
from polydesk.office.opc.findings import Finding, Kind

_PART = "message"
_MAX_SHOWN = 200
_SIGNED = {
    "smime_signed": "with S/MIME",
    "smime_opaque_signed": "with S/MIME, its text inside the signature: a mail program with S/MIME shows it",
    "pgp_signed": "with OpenPGP",
    "pgp_inline_signed": "with OpenPGP inside its text",
}
_ENCRYPTED = {
    "smime_encrypted": "with S/MIME",
    "pgp_encrypted": "with OpenPGP",
    "pgp_inline_encrypted": "with OpenPGP inside its text",
}
_PROGRAMS = {
    ".app", ".bat", ".cmd", ".com", ".cpl", ".exe", ".gadget", ".hta", ".inf", ".iso", ".img", ".jar", ".js",
    ".jse", ".lnk", ".msc", ".msi", ".msp", ".pif", ".ps1", ".reg", ".scr", ".sct", ".url", ".vb", ".vbe", ".vbs",
    ".vhd", ".wsf", ".xll", ".one",
}  # fmt: skip
_METHODS = ("spf", "dkim", "dmarc", "arc", "compauth", "iprev", "auth", "bimi")


def authentication(content: Content) -> list[AuthenticationView]:
    """The servers' findings, that of the last server first (RFC 8601)."""
    found: list[AuthenticationView] = []
    for value in content.all("authentication-results"):
        plain = re.sub(r"\((?:[^()\\]|\\.)*\)", "", value)
        pieces = [piece.strip() for piece in plain.split(";")]
        results: dict[str, str] = {}
        # Microsoft writes no server at the beginning.
        server = "" if "=" in pieces[0] else pieces[0].split(" ")[0]
        for piece in pieces if not server else pieces[1:]:
            match = re.match(r"([\w-]+)\s*=\s*([\w-]+)", piece)
            if match is not None and match[1].lower() in _METHODS:
                method, result = match[1].lower(), match[2].lower()
                if results.get(method) != "pass":  # one good signature of several is enough
                    results[method] = result
        if results:
            found.append(AuthenticationView(server=server, results=results))
    return found


def labels(content: Content) -> list[str]:
    """Names of the sensitivity labels in the `msip_labels` field; the label's id where it has no name."""
    names: dict[str, str] = {}
    enabled: dict[str, bool] = {}
    for value in content.all("msip_labels"):
        for id, key, text in re.findall(r"MSIP_Label_([0-9a-fA-F-]{36})_(\w+)=([^;]*)", value):
            if key == "Name":
                names[id] = text.strip()
            if key == "Enabled":
                enabled[id] = text.strip().lower() == "true"
    return [names.get(id, id) for id, on in enabled.items() if on]


def bounces(content: Content) -> list[BounceView]:
    """What reports on delivery say of each recipient."""
    found: list[BounceView] = []
    for kind, data in content.reports:
        if kind != "message/delivery-status":
            continue
        for group in re.split(rb"\r?\n[ \t]*\r?\n", data.strip())[:1000]:
            fields = {one.name.lower(): decoded(one.text) for one in parse_entity(group + b"\n\n").fields}
            recipient = fields.get("final-recipient") or fields.get("original-recipient")
            if recipient is not None and "action" in fields:
                found.append(_bounce(recipient, fields))
    return found


def _bounce(recipient: str, fields: Mapping[str, str]) -> BounceView:
    status = re.match(r"\d\.\d{1,3}\.\d{1,3}", fields.get("status", ""))
    reason = fields.get("diagnostic-code")
    return BounceView(
        recipient=recipient.partition(";")[2].strip() or recipient,
        action=fields["action"].strip().lower().split(" ")[0],
        status=status[0] if status else None,
        reason=(reason.partition(";")[2] or reason).strip()[:500] if reason else None,
    )


def findings(content: Content, html: Sequence[HtmlText], names: Sequence[str]) -> Iterator[Finding]:
    """Everything found, what blocks an edit of the mail first. `names` are those of its attachments."""
    yield from _protections(content)
    if not content.draft:
        text = "The mail is no draft: its text, recipients and attachments are what was sent or received."
        yield _finding("received_message", text, blocks=True)
    for name in labels(content):
        yield _finding("sensitivity_label", f"The mail bears the sensitivity label “{name[:100]}”.", detail=name[:100])
    yield from _origin(content)
    for found in html:
        yield from _html(found)
    for name in names:
        if PurePosixPath(name.lower()).suffix in _PROGRAMS:
            text = f"The attachment {name!r} is a program or starts one; it is never opened here."
            yield _finding("active_content", text, detail=name)
    for one in bounces(content):
        if one.action == "failed":
            text = f"The mail to {one.recipient} could not be delivered."
            yield _finding("delivery_failure", text, detail=one.reason)
    for fault in content.faults[:20]:
        yield _finding("damage", fault)


def _protections(content: Content) -> Iterator[Finding]:
    for name in content.protections:
        if name in _SIGNED:
            text = f"The mail is signed {_SIGNED[name]}; the signature was not checked, and any edit makes it invalid."
            yield _finding("signature", text, blocks=True, detail=name)
        if name in _ENCRYPTED:
            text = f"The mail is encrypted {_ENCRYPTED[name]}; its content cannot be read here."
            yield _finding("encryption", text, blocks=True, detail=name)


def _origin(content: Content) -> Iterator[Finding]:
    for view in authentication(content)[:1]:
        bad = [f"{method}={result}" for method, result in view.results.items() if "fail" in result]
        if bad:
            text = f"The mail server {view.server or 'that received it'} doubts the sender: {', '.join(bad)}."
            yield _finding("authentication", text, detail=", ".join(bad))


def _html(found: HtmlText) -> Iterator[Finding]:
    remote = [url for url in found.remote if url not in found.pixels]
    if remote:
        text = f"A mail program would fetch {_count(len(remote), 'remote resource')}; nothing was fetched."
        yield _finding("external_content", text, detail=remote[0][:_MAX_SHOWN])
    if found.pixels:
        text = (
            f"The mail holds {_count(len(found.pixels), 'tracking pixel')}: fetching tells the sender of the reading."
        )
        yield _finding("tracking", text, detail=found.pixels[0][:_MAX_SHOWN])
    if found.hidden:
        text = "The mail holds text that its reader does not see; it is left out of what is shown."
        yield _finding("hidden_content", text, detail=" … ".join(found.hidden)[:_MAX_SHOWN])
    deceptive = [link for link in found.links if link.deceptive]
    for link in deceptive[:5]:
        text = f"A link shown as {link.text[:80]!r} leads elsewhere."
        yield _finding("deceptive_link", text, detail=link.url[:_MAX_SHOWN])
    if found.cut:
        yield _finding("damage", "The HTML is too long or too deeply nested to be read as a mail program shows it.")
    if found.active:
        kinds = ", ".join(dict.fromkeys(found.active))
        yield _finding("active_content", f"The HTML holds active elements ({kinds}); they are never run.", detail=kinds)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _finding(kind: Kind, text: str, *, blocks: bool = False, detail: str | None = None) -> Finding:
    return Finding(kind=kind, text=text, part=_PART, blocks_edit=blocks, detail=detail)


def blocking(found: Sequence[Finding]) -> list[Finding]:
    """Those that stand in the way of an edit of the mail itself."""
    return [one for one in found if one.blocks_edit]
