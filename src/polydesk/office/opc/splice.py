"""A new last child in a small XML part, put there by bytes so that everything else stays as it was written."""

from __future__ import annotations

import re
from collections.abc import Mapping

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc.xml import parse_xml, text_encoding

_ATTRIBUTES = r"""(?:\s+[^\s=<>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*"""


def append_child(data: bytes, tag: str, attributes: Mapping[str, str], *, part: str, path: str | None) -> bytes:
    """`data` with an empty element `tag`, in the root's own namespace and prefix, as the root's last child.

    Raises UnreadableDocumentError when the part is not XML.
    """
    root = parse_xml(data, part=part, path=path)
    prefix = f"{root.prefix}:" if root.prefix else ""
    root_name = prefix + root.tag.rpartition("}")[2]
    child = f"<{prefix}{tag}" + "".join(f' {name}="{_escaped(text)}"' for name, text in attributes.items()) + "/>"
    encoding = text_encoding(data)
    spliced = _spliced(data.decode(encoding), root_name, child)
    if spliced is None:
        raise UnreadableDocumentError(
            f"{path or 'The document'}: the end of {part} was not found, so nothing can be added to it. "
            "Open and save the file in Office first.",
            path=path,
            part=part,
        )
    return spliced.encode(encoding, "xmlcharrefreplace")


def _spliced(text: str, root_name: str, child: str) -> str | None:
    name = re.escape(root_name)
    ends = list(re.finditer(rf"</{name}\s*>", text))
    if ends:
        at = ends[-1].start()
        return text[:at] + child + text[at:]
    empty = re.search(rf"<{name}{_ATTRIBUTES}(/>)", text)
    if empty is None:
        return None
    at = empty.start(1)
    return f"{text[:at]}>{child}</{root_name}>{text[at + 2 :]}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
