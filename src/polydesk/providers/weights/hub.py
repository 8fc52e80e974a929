"""Weights from their maker's hub, over HTTP, going on where an earlier pull was cut."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from urllib.parse import quote, urlsplit

from polydesk.catalog.weights.manifest import HubSource
from polydesk.providers.weights.growing import GrowingFile

_BLOCK = 256 * 1024
_TIMEOUT_S = 10.0
"""For connecting and for each read: a hub that cannot be reached must not hold up the next source."""
_MOST_CUTS = 5


class HubMissError(Exception):
    """The hub cannot be reached or does not give the file."""


def hub_address(source: HubSource, base_url: str | None = None) -> str:
    """The file's address, at the mirror `base_url` when one is given. Raises HubMissError for another scheme."""
    base = (base_url or source.base_url).rstrip("/")
    if urlsplit(base).scheme not in ("http", "https"):
        raise HubMissError(f"{base} is not an http or https address")
    return f"{base}/{quote(source.repository)}/resolve/{quote(source.revision, safe='')}/{quote(source.file)}"


def append_from_hub(source: HubSource, growing: GrowingFile, base_url: str | None = None) -> None:
    """Download what `growing` still misses. Raises HubMissError; a cut that follows progress is tried again."""
    address = hub_address(source, base_url)
    cuts = 0
    while True:
        before = growing.size
        try:
            _append_once(address, growing)
        except urllib.error.HTTPError as exc:
            with exc:
                raise HubMissError(f"HTTP status {exc.code}") from exc
        except (OSError, http.client.HTTPException) as exc:
            if growing.size == before or cuts == _MOST_CUTS:
                raise HubMissError(_said(exc)) from exc
        else:
            if growing.is_whole:
                return
            if growing.size == before or cuts == _MOST_CUTS:
                raise HubMissError(f"it ends after {growing.size} bytes")
        cuts += 1


def _append_once(address: str, growing: GrowingFile) -> None:
    """One exchange. A hub that answers from the start instead of from where we are makes the file begin anew."""
    request = urllib.request.Request(address, headers={"User-Agent": "polydesk"})  # noqa: S310 - scheme checked above
    if growing.size:
        request.add_header("Range", f"bytes={growing.size}-")
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:  # noqa: S310 - scheme checked above
        if growing.size and not _goes_on_at(reply.headers.get("Content-Range"), growing.size, reply.status):
            growing.restart()
        while block := reply.read(_BLOCK):
            growing.append(block)


def _goes_on_at(content_range: str | None, offset: int, status: int) -> bool:
    return status == 206 and (content_range or "").startswith(f"bytes {offset}-")


def _said(error: Exception) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    return str(reason) or type(error).__name__
