"""New elements of the small trees that are edited as trees, typed where lxml's stubs are not."""

from __future__ import annotations

from typing import Any, cast

from lxml import etree

from polydesk.office.ooxml.part import Element


def sibling(model: Element, name: str) -> Element:
    """A new element outside any tree, in the namespace of `model` and with its prefixes."""
    namespace = etree.QName(model).namespace
    nsmap = cast("Any", model.nsmap)  # the stubs do not know that None is the default namespace
    return etree.Element(f"{{{namespace}}}{name}" if namespace else name, nsmap=nsmap)


def attributes(element: Element) -> dict[str, str]:
    """The attributes as an ordinary dictionary."""
    return {str(name): str(value) for name, value in element.attrib.items()}


def drop_attribute(element: Element, name: str) -> None:
    """Take an attribute off, if it is there."""
    if name in element.attrib:
        del element.attrib[name]
