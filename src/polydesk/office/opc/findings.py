"""What stands in the way of an edit, or should be known before it: signatures, protection, labels, macros, links.

Only small parts are read: relationships, settings, properties. Nothing outside the file is ever fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from polydesk.office.opc.names import is_relationships_name, source_name
from polydesk.office.opc.package import Package
from polydesk.office.opc.xml import Element, parse_xml

Kind = Literal[
    "signature",
    "write_protection",
    "edit_protection",
    "marked_final",
    "sensitivity_label",
    "macros",
    "external_content",
    # Of mail and workbooks:
    "hidden_content",
    "active_content",
    # Of mail alone:
    "encryption",
    "tracking",
    "deceptive_link",
    "authentication",
    "delivery_failure",
    "received_message",
    "damage",
]

_WORD = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_TRUE = {"1", "true", "on"}
_MAX_SHOWN_TARGET = 200
_EDIT_KINDS = {
    "readOnly": ("protected: it may only be read", True),
    "comments": ("protected: only comments may be added", True),
    "forms": ("protected: only form fields may be filled in", True),
    "trackedChanges": ("protected: every change must be a tracked change", False),
}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to know before an edit."""

    kind: Kind
    text: str
    """One sentence for the user."""
    part: str
    """Where it was found."""
    blocks_edit: bool
    """True when an edit would break it or go against it, so that the user must say to go on."""
    detail: str | None = None
    """The file's own word: the protection's mode, the label's name, the target outside; None when there is none."""


def findings(package: Package) -> list[Finding]:
    """Everything found, what blocks an edit first.

    Raises UnreadableDocumentError when a part that had to be looked at is damaged.
    """
    found = [
        *_signatures(package),
        *_word_settings(package),
        *_marked_final(package),
        *_labels(package),
        *_macros(package),
        *_external_content(package),
    ]
    return sorted(found, key=lambda finding: not finding.blocks_edit)


def blocking_findings(package: Package) -> list[Finding]:
    """What an edit would break or go against, found without a look at every part's relationships."""
    found = [*_signatures(package), *_word_settings(package), *_marked_final(package)]
    return [finding for finding in found if finding.blocks_edit]


def _signatures(package: Package) -> Iterator[Finding]:
    """Digital signatures: an origin part, and one part for each signature (ECMA-376-2, 4th edition, §13)."""
    for origin in _package_parts(package, "origin"):
        for to_signature in package.relationships(origin):
            part = package.resolve(origin, to_signature)
            if part is not None:
                text = "The document is digitally signed; any edit makes the signature invalid."
                yield Finding(kind="signature", text=text, part=part, blocks_edit=True)


def _word_settings(package: Package) -> Iterator[Finding]:
    """w:documentProtection and w:writeProtection (ISO 29500-1 §17.15.1.29 and §17.15.1.93)."""
    main = package.main_part()
    for relationship in package.relationships(main):
        part = package.resolve(main, relationship) if relationship.kind == "settings" else None
        if part is None:
            continue
        for element in parse_xml(package.read(part), part=part, path=package.path):
            namespace, _, name = str(element.tag).removeprefix("{").partition("}")
            if namespace in _WORD and name == "documentProtection":
                yield from _document_protection(element, namespace, part)
            elif namespace in _WORD and name == "writeProtection":
                yield _write_protection(element, namespace, part)


def _document_protection(element: Element, namespace: str, part: str) -> Iterator[Finding]:
    mode = element.get(f"{{{namespace}}}edit", "none")
    if element.get(f"{{{namespace}}}enforcement", "0").lower() not in _TRUE or mode == "none":
        return
    words, blocks = _EDIT_KINDS.get(mode, (f"protected in a way unknown here ({mode})", True))
    yield Finding(kind="edit_protection", text=f"The document is {words}.", part=part, blocks_edit=blocks, detail=mode)


def _write_protection(element: Element, namespace: str, part: str) -> Finding:
    """A password to modify leaves salt and hash in attributes of several generations; a recommendation leaves none."""
    if any(name != f"{{{namespace}}}recommended" for name in element.attrib):
        text = "A password is asked for before the document may be modified."
        return Finding(kind="write_protection", text=text, part=part, blocks_edit=True, detail="password")
    text = "Its author recommends opening the document read-only."
    return Finding(kind="write_protection", text=text, part=part, blocks_edit=False, detail="recommended")


def _marked_final(package: Package) -> Iterator[Finding]:
    """Office's "mark as final"."""
    for part, properties in _custom_properties(package):
        if properties.get("_MarkAsFinal", "").lower() in _TRUE:
            text = "The document is marked as final: its author asks for no more edits."
            yield Finding(kind="marked_final", text=text, part=part, blocks_edit=True)


def _custom_properties(package: Package) -> Iterator[tuple[str, dict[str, str]]]:
    """Each custom properties part (there is one at most, unless the file is odd) with its values as text."""
    for part in _package_parts(package, "custom-properties", "customProperties"):
        root = parse_xml(package.read(part), part=part, path=package.path)
        properties = root.iterchildren("{*}property")
        yield part, {element.get("name", ""): (element.findtext("*") or "").strip() for element in properties}


def _labels(package: Package) -> Iterator[Finding]:
    """Sensitivity labels: ids in their newer place ([MS-OFFCRYPTO] §2.6.4), ids and names in custom properties.

    A label in both is told once, by its name (§2.6.3). Checked 2026-11-24.
    """
    named = {
        _bare_id(name.removeprefix("MSIP_Label_").removesuffix("_Name")): (value, part)
        for part, properties in _custom_properties(package)
        for name, value in properties.items()
        if name.startswith("MSIP_Label_") and name.endswith("_Name")
    }
    for part in _package_parts(package, "classificationlabels"):
        for element in parse_xml(package.read(part), part=part, path=package.path).iterchildren("{*}label"):
            if element.get("enabled", "1").lower() in _TRUE and element.get("removed", "0").lower() not in _TRUE:
                label_id = _bare_id(element.get("id", ""))
                yield _label(named.pop(label_id, (label_id, ""))[0], part)
    for name, part in named.values():
        yield _label(name, part)


def _bare_id(label_id: str) -> str:
    return label_id.strip("{}").lower()


def _label(name: str, part: str) -> Finding:
    text = f"The document carries the sensitivity label “{name}”."
    return Finding(kind="sensitivity_label", text=text, part=part, blocks_edit=False, detail=name)


def _package_parts(package: Package, *kinds: str) -> list[str]:
    """The parts that the package's relationships of these kinds lead to."""
    found = (package.resolve(None, link) for link in package.relationships(None) if link.kind in kinds)
    return [part for part in found if part is not None]


def _macros(package: Package) -> Iterator[Finding]:
    main = package.main_part()
    for relationship in package.relationships(main):
        part = package.resolve(main, relationship) if relationship.kind == "vbaProject" else None
        if part is not None:
            text = "The document contains macros; they are kept as they are and never executed."
            yield Finding(kind="macros", text=text, part=part, blocks_edit=False)


def _external_content(package: Package) -> Iterator[Finding]:
    """What the document would load from elsewhere: remote templates, linked pictures and data; not plain hyperlinks."""
    for name in package.part_names():
        if not is_relationships_name(name):
            continue
        source = source_name(name)
        for relationship in package.relationships(source):
            if relationship.external and relationship.kind != "hyperlink":
                target = relationship.target[:_MAX_SHOWN_TARGET]
                source_words = f"{relationship.kind}: {target}"
                text = f"The document draws on something outside itself ({source_words}); it is not fetched."
                yield Finding(
                    kind="external_content",
                    text=text,
                    part=source or name,
                    blocks_edit=False,
                    detail=relationship.target,
                )
