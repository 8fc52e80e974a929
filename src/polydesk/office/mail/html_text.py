"""HTML of mail as lines to read, with what it hides and what it would fetch. Nothing is ever fetched or run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

from lxml import etree

from polydesk.office.mail.html_signs import HIDING, colours, deceives, is_pixel, urls
from polydesk.office.opc.xml import Element

MAX_HTML = 20_000_000
"""Characters of HTML that are read; the rest is left out and said."""
MAX_DEPTH = 2040
"""Elements inside one another; libxml2 stops at 2,048. Quotations of a hundred answers stay below 1,000."""
_TAG = re.compile(r"<[^<>]*>")
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "div", "dl", "dt", "fieldset",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol",
    "p", "pre", "section", "table", "tbody", "tfoot", "thead", "title", "tr", "ul",
}  # fmt: skip
_SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "pre", "table", "dl"}
_UNSEEN = {"script", "style", "head", "title", "template", "noscript", "object", "embed", "iframe", "xml"}
_FETCHING = {
    "img": ("src", "srcset"), "input": ("src",), "iframe": ("src",), "embed": ("src",), "script": ("src",),
    "video": ("src", "poster"), "audio": ("src",), "source": ("src", "srcset"), "link": ("href",),
    "object": ("data",), "frame": ("src",), "bgsound": ("src",), "image": ("href", "src"),
    "body": ("background",), "table": ("background",), "td": ("background",), "tr": ("background",),
}  # fmt: skip
_CSS_URL = re.compile(r"url\(\s*['\"]?\s*((?:https?:)?//[^'\")\s]+)", re.IGNORECASE)
_CSS_IMPORT = re.compile(r"@import\s+['\"]((?:https?:)?//[^'\"]+)", re.IGNORECASE)
_QUOTE_CLASSES = re.compile(
    r"(?:^|\s)(?:gmail_quote(?!_attribution)|gmail_quote_container|yahoo_quoted|moz-forward-container|protonmail_quote"
    r"|zmail_extra|OutlookMessageHeader|tutanota_quote|freebirdFormviewerViewNavigationHeader|mcnt_quoted)(?:\s|$)"
)
_QUOTE_IDS = {
    "divrplyfwdmsg",
    "olk_src_body_section",
    "isforwardcontent",
    "replysplit",
    "mail-editor-reference-message-container",
}
_ATTRIBUTION_CLASSES = re.compile(r"(?:^|\s)(?:gmail_attr|moz-cite-prefix|gmail_quote_attribution)(?:\s|$)")
_SIGNATURE_CLASSES = re.compile(r"(?:^|\s)(?:gmail_signature|moz-signature|protonmail_signature_block)(?:\s|$)")
_DIVIDER_STYLE = re.compile(
    r"border\s*:\s*none\s*;\s*border-top\s*:\s*solid\s+#?(?:E1E1E1|B5C4DF|blue)\s+1(?:\.0)?pt", re.IGNORECASE
)


@dataclass(slots=True)
class Line:
    """One line of text."""

    text: str
    depth: int = 0
    """How many quotations it lies in."""
    signature: bool = False
    """Whether the HTML marks it as a signature."""
    divider: bool = False
    """Whether everything from here on is an earlier mail."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link in the text."""

    text: str
    url: str
    deceptive: bool
    """Whether its text names another host than it leads to."""


@dataclass(slots=True)
class HtmlText:
    """What a reader sees of HTML, and what it would do."""

    lines: list[Line] = field(default_factory=list[Line])
    links: list[Link] = field(default_factory=list[Link])
    remote: list[str] = field(default_factory=list[str])
    """Addresses that a mail program would fetch, each once."""
    pixels: list[str] = field(default_factory=list[str])
    """Those among them that show nothing: pictures of a point, made to tell that the mail was read."""
    hidden: list[str] = field(default_factory=list[str])
    """Text that a reader does not see."""
    cut: bool = False
    """Whether it was too long or too deeply nested to be read as it is shown."""
    active: list[str] = field(default_factory=list[str])
    """Elements that would run or send something: `script`, `form`, `iframe`, `object`."""


def html_text(html: str) -> HtmlText:
    """The text of `html`. Never raises."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, recover=True, remove_pis=True, huge_tree=True)
    data = html[:MAX_HTML].encode("utf-8", "replace").replace(b"\0", b"")
    try:
        root = etree.fromstring(data, parser)
    except etree.LxmlError:
        root = None
    found = HtmlText()
    if root is None:
        return found
    reader = _Reader(found)
    reader.read(root)
    found.cut = len(html) > MAX_HTML or reader.deepest >= MAX_DEPTH
    if reader.deepest >= MAX_DEPTH:  # the parser has given up there, and what follows is not in its tree
        found.lines = [Line(" ".join(text.split())) for text in unescape(_TAG.sub("\n", html[:MAX_HTML])).split("\n")]
    found.lines = _tidied(found.lines)
    found.remote = list(dict.fromkeys(found.remote))
    found.pixels = list(dict.fromkeys(found.pixels))
    return found


@dataclass(slots=True)
class _State:
    hidden: bool = False
    unseen: bool = False
    depth: int = 0
    signature: bool = False
    pre: bool = False
    background: str = ""
    colour: str = ""


class _Reader:
    def __init__(self, found: HtmlText) -> None:
        self._found = found
        self._pieces: list[str] = []
        self._states = [_State()]
        self._links: list[tuple[str, int]] = []
        self.deepest = 0
        """Most elements that lay inside one another."""
        self._divided = False
        self._hidden: list[str] = []

    def read(self, root: Element) -> None:
        for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "comment":
                self._text(element.tail)
                continue
            name = tag.rpartition("}")[2].rpartition(":")[2].lower()
            if event == "start":
                self._start(name, element)
            else:
                self._end(name, element)
        self._break()

    def _start(self, name: str, element: Element) -> None:
        state = self._states[-1]
        style = element.get("style") or ""
        if name in _BLOCKS:
            self._break()
            if name in _SPACED and not state.unseen:
                self._space()
        self._notice(name, element, style)
        state = self._entered(state, name, element, style)
        self._states.append(state)
        self.deepest = max(self.deepest, len(self._states))
        if name == "br":
            self._break(force=True)
        elif name == "li":
            self._pieces.append("- ")
        elif name == "hr":
            self._found.lines.append(Line("_" * 20, state.depth, state.signature))
        elif name in ("td", "th") and self._pieces:
            self._pieces.append("\t")
        elif name == "img" and not state.hidden and not state.unseen:
            self._image(element)
        elif name == "a":
            self._links.append((element.get("href") or "", len(self._pieces)))
        self._text(element.text)

    def _entered(self, outer: _State, name: str, element: Element, style: str) -> _State:
        marks = element.get("class") or ""
        id = (element.get("id") or "").lower().removeprefix("x_")
        quoted = name == "blockquote" and (element.get("type") == "cite" or "cite" in marks or _cited(element))
        quoted = quoted or _QUOTE_CLASSES.search(marks) is not None
        if id in _QUOTE_IDS or id == "appendonsend" or _DIVIDER_STYLE.search(style):
            self._divide()
        background, colour = colours(element, style, (outer.background, outer.colour))
        hidden = outer.hidden or HIDING.search(style) is not None or element.get("hidden") is not None
        hidden = hidden or (bool(colour) and colour == background)
        return _State(
            hidden=hidden,
            unseen=outer.unseen or name in _UNSEEN,
            depth=outer.depth + quoted,
            signature=outer.signature
            or _SIGNATURE_CLASSES.search(marks) is not None
            or id in ("signature", "appleMailSignature".lower()),
            pre=outer.pre or name in ("pre", "textarea"),
            background=background,
            colour=colour,
        )

    def _end(self, name: str, element: Element) -> None:
        state = self._states.pop()
        if name == "a" and self._links:
            self._link(*self._links.pop(), state)
        if name in _BLOCKS:
            self._break(state)
            if name in _SPACED and not state.unseen:
                self._space()
        if state.hidden and not self._states[-1].hidden:
            words = " ".join("".join(self._hidden).split())
            if words:
                self._found.hidden.append(words)
            self._hidden = []
        self._text(element.tail)

    def _text(self, text: str | None) -> None:
        state = self._states[-1]
        if not text or state.unseen:
            return
        if state.hidden:
            self._hidden.append(text)
            return
        if not state.pre:
            self._pieces.append(re.sub(r"[ \t\r\n\f]+", " ", text))
            return
        for number, line in enumerate(text.replace("\r", "").split("\n")):
            if number:
                self._break(force=True)
            self._pieces.append(line)

    def _break(self, state: _State | None = None, *, force: bool = False) -> None:
        state = state or self._states[-1]
        text = "".join(self._pieces)
        if not state.pre:
            text = re.sub(r" *\t *", "\t", re.sub(r"[ ]+", " ", text)).strip(" ")
        text = text.replace("\xa0", " ").rstrip()
        self._pieces = []
        self._links = [(url, 0) for url, _ in self._links]
        if text or force:
            self._found.lines.append(Line(text, state.depth, state.signature))

    def _space(self) -> None:
        state = self._states[-1]
        if self._found.lines and self._found.lines[-1].text:
            self._found.lines.append(Line("", min(state.depth, self._found.lines[-1].depth), state.signature))

    def _divide(self) -> None:
        if (not self._divided and any(line.text for line in self._found.lines)) or self._pieces:
            self._break()
        if not self._divided:
            self._found.lines.append(Line("", divider=True))
        self._divided = True

    def _image(self, element: Element) -> None:
        words = " ".join((element.get("alt") or "").split())
        if words:
            self._pieces.append(f"[{words[:200]}]")
        elif (element.get("src") or "").lower().startswith("cid:"):
            self._pieces.append("[image]")

    def _link(self, url: str, start: int, state: _State) -> None:
        text = " ".join("".join(self._pieces[start:]).split())
        if state.hidden or state.unseen or not url.strip() or url.startswith("#"):
            return
        self._found.links.append(Link(text[:300], url.strip()[:2000], deceives(text, url)))

    def _notice(self, name: str, element: Element, style: str) -> None:
        if name in ("script", "form", "iframe", "object", "embed", "applet"):
            self._found.active.append(name)
        for attribute in _FETCHING.get(name, ()):
            for url in urls(element.get(attribute)):
                self._found.remote.append(url)
                if name == "img" and is_pixel(element, style):
                    self._found.pixels.append(url)
        css = style if name != "style" else element.text or ""
        self._found.remote += [*_CSS_URL.findall(css), *_CSS_IMPORT.findall(css)]


def _cited(element: Element) -> bool:
    """Whether a blockquote is a quotation: with an attribution before it, or the bar that mail programs draw."""
    style = (element.get("style") or "").lower()
    if "border-left" in style and ("margin" in style or "padding" in style):
        return True
    before = element.getprevious()
    return before is not None and _ATTRIBUTION_CLASSES.search(before.get("class") or "") is not None


def _tidied(lines: list[Line]) -> list[Line]:
    """Without empty lines at the ends and without several together."""
    made: list[Line] = []
    for line in lines:
        if line.text or line.divider or (made and made[-1].text):
            made.append(line)
    while made and not made[-1].text and not made[-1].divider:
        made.pop()
    return made
