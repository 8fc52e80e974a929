"""Children put into or taken out of a small XML part by bytes, so that everything else stays as it was written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc.xml import Element, parse_xml, utf16_codec

_TOKEN = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(?P<end>/?)[^\s/>!?](?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL
)
_ATTRIBUTES = r"""(?:\s+[^\s=<>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*"""


def append_child(data: bytes, tag: str, attributes: Mapping[str, str], *, part: str, path: str | None) -> bytes:
    """`data` with an empty element `tag`, in the root's own namespace and prefix, as the root's last child.

    Raises UnreadableDocumentError when the part is not XML, or ends in a way that nothing can be added safely.
    """
    root = parse_xml(data, part=part, path=path)
    prefix = f"{root.prefix}:" if root.prefix else ""
    root_name = prefix + root.tag.rpartition("}")[2]
    child = f"<{prefix}{tag}" + "".join(f' {name}="{_escaped(text)}"' for name, text in attributes.items()) + "/>"
    spliced = _encoded(_spliced(_decoded(data), root_name, child), data)
    if len(parse_xml(spliced, part=part, path=path)) != len(root) + 1:
        raise UnreadableDocumentError(
            f"{path or 'The document'}: the end of {part} was not found, so nothing can be added to it. "
            "Open and save the file in Office first.",
            path=path,
            part=part,
        )
    return spliced


def remove_children(data: bytes, unwanted: Callable[[Element], bool], *, part: str, path: str | None) -> bytes:
    """`data` without those children of the root that are `unwanted`; the same object when there are none.

    Raises UnreadableDocumentError when the part is not XML, or its tags are not where its tree says.
    """
    root = parse_xml(data, part=part, path=path)
    chosen = [unwanted(child) for child in root.iterchildren("*")]
    if not any(chosen):
        return data
    text = _decoded(data)
    spans = _child_spans(text)
    if len(spans) != len(chosen):
        raise UnreadableDocumentError(
            f"{path or 'The document'}: the entries of {part} were not found one by one, so none can be removed. "
            "Open and save the file in Office first.",
            path=path,
            part=part,
        )
    for (start, end), is_unwanted in reversed(list(zip(spans, chosen, strict=True))):
        if is_unwanted:
            text = text[:start] + text[end:]
    return _encoded(text, data)


def _child_spans(text: str) -> list[tuple[int, int]]:
    """Where each child element of the root begins and ends."""
    spans: list[tuple[int, int]] = []
    depth, start = 0, 0
    for token in _TOKEN.finditer(text):
        if token["end"] is None:
            continue
        opens, closes = not token["end"], bool(token["end"]) or token[0].endswith("/>")
        if opens:
            depth += 1
            start = token.start() if depth == 2 else start
        if closes:
            if depth == 2:
                spans.append((start, token.end()))
            depth -= 1
    return spans


def _decoded(data: bytes) -> str:
    """The text, markup readable. In all encodings that we read but UTF-16, markup is ASCII: bytes stand for letters."""
    codec = utf16_codec(data)
    return data.decode("latin-1") if codec is None else data.decode(codec, "surrogatepass")


def _encoded(text: str, data: bytes) -> bytes:
    """The text in the encoding of `data`, which `_decoded` took it from."""
    codec = utf16_codec(data)
    return text.encode("latin-1") if codec is None else text.encode(codec, "surrogatepass")


def _spliced(text: str, root_name: str, child: str) -> str:
    """The text with the child before the root's end tag, or in the place of one; as it was when neither is found."""
    name = re.escape(root_name)
    ends = list(re.finditer(rf"</{name}\s*>", text))
    if ends:
        at = ends[-1].start()
        return text[:at] + child + text[at:]
    empty = re.search(rf"<{name}{_ATTRIBUTES}(/>)", text)
    if empty is None:
        return text
    at = empty.start(1)
    return f"{text[:at]}>{child}</{root_name}>{text[at + 2 :]}"


def _escaped(text: str) -> str:
    """The text as an attribute value in ASCII, right in every encoding."""
    marked = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return marked.encode("ascii", "xmlcharrefreplace").decode("ascii")
