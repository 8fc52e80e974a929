"""docs/reference/gateway.md says everything that a client can meet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from polydesk.gateway.gateway import exchanges
from polydesk.governance.limits import KeyLimits

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "gateway.md").read_text(encoding="utf-8")
SOURCES = [
    path.read_text(encoding="utf-8")
    for room in ("gateway", "governance")
    for path in (ROOT / "src" / "polydesk" / room).rglob("*.py")
]
FAILURES = (ROOT / "src" / "polydesk" / "gateway" / "failures.py").read_text(encoding="utf-8")
PAGES = (ROOT / "src" / "polydesk" / "gateway" / "pages.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", exchanges())
def test_every_address_of_a_door_is_there(path: str) -> None:
    assert f"`POST {path}`" in PAGE


@pytest.mark.parametrize(("method", "path"), re.findall(r'\("(GET|POST)", "(/[^"]*)"\)', PAGES))
def test_every_other_address_is_there(method: str, path: str) -> None:
    assert f"`{method} {path}" in PAGE


@pytest.mark.parametrize(
    "header",
    sorted({name for text in SOURCES for name in re.findall(r'"(x-(?:polydesk|ratelimit)-[a-z-]+[a-z])"', text)}),
)
def test_every_header_is_there(header: str) -> None:
    assert f"`{header}`" in PAGE


@pytest.mark.parametrize("code", sorted(set(re.findall(r'code="(\w+)"|_plain\(\d+, "\w+", "(\w+)"\)', FAILURES))))
def test_every_code_of_an_error_is_there(code: tuple[str, str]) -> None:
    assert f"`{code[0] or code[1]}`" in PAGE


@pytest.mark.parametrize("status", sorted(set(re.findall(r"status=(\d{3})|_plain\((\d{3})", FAILURES))))
def test_every_status_is_there(status: tuple[str, str]) -> None:
    assert f"| {status[0] or status[1]} |" in PAGE


@pytest.mark.parametrize("limit", KeyLimits.__struct_fields__)
def test_every_limit_is_there(limit: str) -> None:
    assert f"`{limit}`" in PAGE
