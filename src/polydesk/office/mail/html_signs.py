"""What an element of HTML hides, fetches or pretends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from polydesk.office.opc.xml import Element

HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|$|!)"
    r"|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$|!)|max-height\s*:\s*0(?:px)?\s*(?:;|$|!)",
    re.IGNORECASE,
)
"""Styles by which text is not seen."""
_COLOUR = re.compile(r"(?:^|;)\s*color\s*:\s*([^;!]+)", re.IGNORECASE)
_BACKGROUND = re.compile(r"(?:^|;)\s*background(?:-color)?\s*:\s*([^;!]+)", re.IGNORECASE)


def colours(element: Element, style: str, outer: tuple[str, str]) -> tuple[str, str]:
    """Background and colour of an element, as `#rrggbb` where they are known, by those of what it lies in."""
    background = _BACKGROUND.search(style)
    colour = _COLOUR.search(style)
    drawn = element.get("bgcolor")
    own = element.get("color") if element.tag == "font" else None
    return (
        _colour(background[1]) if background else _colour(drawn) if drawn else outer[0] or "#ffffff",
        _colour(colour[1]) if colour else _colour(own) if own else outer[1],
    )


def _colour(value: str) -> str:
    value = value.strip().lower()
    value = {"white": "#ffffff", "black": "#000000"}.get(value, value)
    short = re.fullmatch(r"#([0-9a-f])([0-9a-f])([0-9a-f])", value)
    if short:
        return "#" + "".join(2 * digit for digit in short.groups())
    rgb = re.fullmatch(r"rgb\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\)", value)
    return "#{:02x}{:02x}{:02x}".format(*(min(int(n), 255) for n in rgb.groups())) if rgb else value


def urls(value: str | None) -> Iterator[str]:
    """The addresses in an attribute that something would be fetched from."""
    for piece in (value or "").split(","):
        words = piece.split()
        if words and words[0].lower().startswith(("http:", "https:", "//", "ftp:", "file:", "\\\\")):
            yield words[0][:2000]


def is_pixel(element: Element, style: str) -> bool:
    """Whether a picture is so small, or so hidden, that it shows nothing."""
    sizes = [(element.get(side) or "").strip().removesuffix("px") for side in ("width", "height")]
    drawn = re.findall(r"(?:^|[;\s])(?:width|height)\s*:\s*([\d.]+)px", style, re.IGNORECASE)
    small = [size for size in [*sizes, *drawn] if size in ("0", "1")]
    return len(small) >= 2 or (len(small) == 1 and "" in sizes and not drawn) or HIDING.search(style) is not None


def deceives(text: str, url: str) -> bool:
    """Whether a link's text names another host than it leads to."""
    shown = re.match(r"(?:https?://)?((?:[\w-]+\.)+[a-z]{2,})(?:[/:?#]|$)", text.strip(), re.IGNORECASE)
    if shown is None or " " in text.strip():
        return False
    try:
        host = (urlsplit(url.strip()).hostname or "").lower()
    except ValueError:
        return True
    if not host:
        return False
    named = shown[1].lower().removeprefix("www.")
    host = host.removeprefix("www.")
    return not (host == named or host.endswith(f".{named}") or named.endswith(f".{host}"))
