"""A new last child in a small XML part, put there by bytes so that everything else stays as it was written."""

from __future__ import annotations

import re
from collections.abc import Mapping

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc.xml import parse_xml, utf16_codec

_ATTRIBUTES = r"""(?:\s+[^\s=<>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*"""


def append_child(data: bytes, tag: str, attributes: Mapping[str, str], *, part: str, path: str | None) -> bytes:
    """`data` with an empty element `tag`, in the root's own namespace and prefix, as the root's last child.

    Raises UnreadableDocumentError when the part is not XML, or ends in a way that nothing can be added safely.
    """
    root = parse_xml(data, part=part, path=path)
    prefix = f"{root.prefix}:" if root.prefix else ""
    root_name = prefix + root.tag.rpartition("}")[2]
    child = f"<{prefix}{tag}" + "".join(f' {name}="{_escaped(text)}"' for name, text in attributes.items()) + "/>"
    # In all other encodings that we read, markup is ASCII: bytes may stand for letters.
    codec = utf16_codec(data) or "latin-1"
    text = data.decode(codec, "surrogatepass" if codec != "latin-1" else "strict")
    spliced = _spliced(text, root_name, child).encode(codec, "surrogatepass" if codec != "latin-1" else "strict")
    if len(parse_xml(spliced, part=part, path=path)) != len(root) + 1:
        raise UnreadableDocumentError(
            f"{path or 'The document'}: the end of {part} was not found, so nothing can be added to it. "
            "Open and save the file in Office first.",
            path=path,
            part=part,
        )
    return spliced


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
