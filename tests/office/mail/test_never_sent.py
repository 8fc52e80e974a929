"""Nothing in Polydesk sends mail: no module for it is imported, no address for it is known."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[3] / "src" / "polydesk"
MODULES = sorted(SOURCE.rglob("*.py"))
SENDING = {"smtplib", "aiosmtplib", "smtpd", "aiosmtpd", "redmail", "yagmail", "sendgrid", "mailersend"}
WORDS = re.compile(r"sendmail|/send\b|\bsend_message\b|submission|smtp|\boutbox\b", re.IGNORECASE)
"""As requests to servers name it; `send` alone is what every socket does."""


def imported(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_no_module_imports_what_sends_mail() -> None:
    senders = {
        str(path.relative_to(SOURCE)): both
        for path in MODULES
        if (both := imported(ast.parse(path.read_text(encoding="utf-8"))) & SENDING)
    }
    assert senders == {}


@pytest.mark.parametrize("room", ["mailboxes", "office/mail"])
def test_no_text_of_ours_names_what_sends(room: str) -> None:
    found: list[str] = []
    for path in sorted((SOURCE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and len(node.value) < 60:
                text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
                if WORDS.search(text) and text not in ("SMTP",):  # the kind of an address in a .msg
                    found.append(f"{path.name}: {text}")
            if isinstance(node, ast.Attribute | ast.Name):
                name = node.attr if isinstance(node, ast.Attribute) else node.id
                if WORDS.search(name) and name != "smtp":  # an address's name in msg.py
                    found.append(f"{path.name}: {name}")
    assert found == []
