"""A new Word document from an outline, on the user's own template or the built-in one.

A template keeps its styles, page, headers, footers and pictures that float; its sample text goes. Styles are found by
their built-in names, whatever the language of Word that made them; those that a template lacks are added.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import groupby

from lxml import etree

from polydesk.core.errors import UsageError
from polydesk.office.docx.core_properties import set_properties
from polydesk.office.docx.edits_content import SetProperties
from polydesk.office.docx.fields import field_runs
from polydesk.office.docx.grids import new_table
from polydesk.office.docx.images import picture, picture_run
from polydesk.office.docx.importing_lists import ListMap
from polydesk.office.docx.importing_styles import StyleMap
from polydesk.office.docx.inline import W_HYPERLINK, W_P, W_PPR, W_RPR, W_VAL
from polydesk.office.docx.lists import Lists
from polydesk.office.docx.order import put_child
from polydesk.office.docx.outlines import (
    Block,
    Code,
    Contents,
    Heading,
    Item,
    Items,
    Outline,
    PageBreak,
    Paragraph,
    Picture,
    Quote,
    Span,
    Table,
)
from polydesk.office.docx.parts import linked_id, relationship_type
from polydesk.office.docx.properties import paragraph_properties
from polydesk.office.docx.references import ADDRESS, contents_of, page_break
from polydesk.office.docx.runs import new_run
from polydesk.office.docx.sections import last_section, page_ends, text_width
from polydesk.office.docx.stories import Stories
from polydesk.office.docx.styles import Style, Styles
from polydesk.office.docx.template import built_in_template
from polydesk.office.docx.templates import as_document
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.names import WP, R, W
from polydesk.office.ooxml.part import Element
from polydesk.office.opc.package import Package

_TITLES_OF_CONTENTS = {"de": "Inhalt", "fr": "Table des matières", "es": "Índice", "it": "Indice", "nl": "Inhoud"}
_LABELS = {
    "de": ("Tabelle", "Abbildung"),
    "fr": ("Tableau", "Figure"),
    "es": ("Tabla", "Figura"),
    "it": ("Tabella", "Figura"),
    "nl": ("Tabel", "Figuur"),
}
MAX_BLOCKS = 20_000
_NUMBER = re.compile(r"[-\u2212+]?[\u00a3$\u20ac\u00a5]?\d[\d.,\u00a0 ]*%?")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """A document that was made."""

    data: bytes
    """The file (.docx; .docm for a template with macros)."""
    notes: tuple[str, ...]
    """What a reader of the outline should know: styles that the template lacked, pictures without description."""


def new_document(
    outline: Outline,
    template: bytes | None = None,
    *,
    pictures: Mapping[str, bytes] | None = None,
    path: str | None = None,
) -> NewDocument:
    """The document that `outline` describes.

    `template` is a .dotx, .dotm, .docx or .docm; None is the built-in one. `pictures` are the bytes of those that the
    outline names; `path` is the template's name in errors. Raises UsageError for a
    picture that is not there or an outline too long, UnsupportedEditError for content that no document can hold, and
    UnreadableDocumentError for a template that cannot be read.
    """
    if len(outline.blocks) > MAX_BLOCKS:
        raise UsageError(f"the outline has {len(outline.blocks):,} blocks; no more than {MAX_BLOCKS:,} make a document")
    base = built_in_template(outline.language) if template is None else as_document(template, path=path)
    stories = Stories(Package.open(base, path=path))
    maker = _Maker(stories, outline, pictures or {})
    maker.make()
    if outline.title:
        set_properties(stories, SetProperties(title=outline.title))
    return NewDocument(data=stories.save(), notes=tuple(dict.fromkeys(maker.notes)))


class _Maker:
    """Writes the blocks of an outline into the body of a template."""

    def __init__(self, stories: Stories, outline: Outline, pictures: Mapping[str, bytes]) -> None:
        self._stories, self._outline, self._pictures = stories, outline, pictures
        self._part = stories.main
        self._styles = Styles(stories)
        self._lists = Lists(stories, self._styles)
        self._built_in: StyleMap | None = None
        self._counts: dict[str, int] = {}
        self._width = text_width(self._part, self._part.root)
        language = outline.language.partition("-")[0].lower()
        self._labels = _LABELS.get(language, ("Table", "Figure"))
        self._contents_title = _TITLES_OF_CONTENTS.get(language, "Contents")
        self.notes: list[str] = []

    def make(self) -> None:
        """Put the outline in the place of the template's own text."""
        body = self._part.root.find(f"{W}body")
        if body is None:
            body = etree.SubElement(self._part.root, f"{W}body")
        floating, section = self._cleared(body)
        blocks = list(self._all())
        if not blocks or blocks[-1].tag != W_P:
            blocks.append(etree.Element(W_P))
        first = next(block for block in blocks if block.tag == W_P)
        for position, run in enumerate(floating):
            first.insert((first.find(W_PPR) is not None) + position, run)
        for block in blocks:
            if section is None:
                self._part.append(body, block)
            else:
                self._part.insert_before(section, block)

    def _cleared(self, body: Element) -> tuple[list[Element], Element | None]:
        """Take the template's text out; the runs with pictures that float, such as a letterhead, and the section."""
        ends = list(page_ends(self._stories).values())[-1:]
        section = last_section(body)
        floating = [
            deepcopy(run)
            for run in body.iter(f"{W}r")
            if run.find(f"{W}drawing/{WP}anchor") is not None and next(run.iter(f"{W}txbxContent"), None) is None
        ]
        for block in [child for child in body if child is not section]:
            self._part.remove(block)
        if section is not None and ends:
            self._refer(section, ends[0])
        return floating, section

    def _refer(self, section: Element, ends: Mapping[tuple[str, str], str]) -> None:
        """Let the section name headers and footers that it took over from those before it."""
        known = {
            (child.tag.rpartition("}")[2].removesuffix("Reference"), child.get(f"{W}type", "default"))
            for child in section
            if child.tag.endswith("Reference")
        }
        package, main = self._stories.package, self._stories.main_part
        for (kind, pages), name in ends.items():
            if (kind, pages) in known:
                continue
            self._part.touch(section)
            reference = etree.Element(f"{W}{kind}Reference")
            reference.set(f"{W}type", pages)
            found = (item.id for item in package.relationships(main) if package.resolve(main, item) == name)
            reference.set(f"{R}id", next(found))
            section.insert(0, reference)

    # Blocks -------------------------------------------------------------------------------------------------

    def _all(self) -> Iterator[Element]:
        if self._outline.title:
            yield self._styled("Title", [Span(text=self._outline.title)])
        if self._outline.subtitle:
            yield self._styled("Subtitle", [Span(text=self._outline.subtitle)])
        breaks = False
        for block in self._outline.blocks:
            if isinstance(block, PageBreak):
                breaks = True
                continue
            for element in self._block(block):
                if breaks and element.tag == W_P:
                    put_child(paragraph_properties(element), etree.Element(f"{W}pageBreakBefore"))
                    breaks = False
                elif breaks:
                    yield self._page()
                    breaks = False
                yield element

    def _page(self) -> Element:
        paragraph = etree.Element(W_P)
        paragraph.append(page_break())
        return paragraph

    def _block(self, block: Block) -> Iterator[Element]:
        match block:
            case Heading():
                yield self._styled(f"heading {min(max(block.level, 1), 9)}", [Span(text=block.text)])
            case Paragraph():
                yield self._paragraph(block.spans)
            case Quote():
                yield self._styled("Quote", block.spans)
            case Code():
                yield self._styled("Code", [Span(text=block.text)])
            case Items():
                yield from self._items(block)
            case Table():
                yield from self._table(block)
            case Picture():
                yield from self._picture(block)
            case Contents():
                yield from self._contents(block)
            case PageBreak():
                yield self._page()

    def _paragraph(self, spans: Sequence[Span]) -> Element:
        paragraph = etree.Element(W_P)
        self._fill(paragraph, spans)
        return paragraph

    def _styled(self, name: str, spans: Sequence[Span]) -> Element:
        paragraph = etree.Element(W_P)
        etree.SubElement(etree.SubElement(paragraph, W_PPR), f"{W}pStyle").set(W_VAL, self._style(name, "paragraph"))
        self._fill(paragraph, spans)
        return paragraph

    def _fill(self, paragraph: Element, spans: Sequence[Span]) -> None:
        for span in spans:
            if not span.text:
                continue
            run = new_run(clean_text(span.text), self._look(span))
            if span.link is None:
                paragraph.append(run)
            elif not ADDRESS.fullmatch(span.link):
                self.notes.append(f"{span.link!r} is no http, https or mailto address; its words stand without a link.")
                paragraph.append(run)
            else:
                type = relationship_type(self._stories, "hyperlink")
                link = etree.SubElement(paragraph, W_HYPERLINK)
                link.set(f"{R}id", linked_id(self._stories.package, self._stories.main_part, type, span.link))
                link.append(run)

    def _look(self, span: Span) -> Element:
        look = etree.Element(W_RPR)
        name = "Hyperlink" if span.link is not None else "Code Characters" if span.code else None
        if name is not None:
            etree.SubElement(look, f"{W}rStyle").set(W_VAL, self._style(name, "character"))
        for wanted, tags in ((span.bold, ("b", "bCs")), (span.italic, ("i", "iCs"))):
            for tag in tags if wanted else ():
                put_child(look, etree.Element(f"{W}{tag}"))
        return look

    def _style(self, name: str, kind: str) -> str:
        """Id of the style with that built-in name; taken from the built-in template where there is none."""
        found = self._styles.named(name, kind)
        if found is not None:
            return found.id
        if self._built_in is None:
            source = Stories(Package.open(built_in_template(self._outline.language)))
            self._built_in = StyleMap(source, self._stories, ListMap(source, self._stories))
        known = Styles(self._built_in.source).named(name, kind)
        assert known is not None
        self.notes.append(f"The template has no style {known.name!r}; one was added.")
        return self._built_in.mapped(known.id, kind)

    # Lists, tables, pictures, contents ----------------------------------------------------------------------

    def _items(self, block: Items) -> Iterator[Element]:
        fresh: dict[int, str] = {}
        for (numbered, level), items in groupby(block.items, key=lambda item: (item.numbered, item.level)):
            for item in items:
                for deeper in [depth for depth in fresh if depth > level]:
                    del fresh[deeper]
                yield self._item(item, level, numbered, fresh)

    def _item(self, item: Item, level: int, numbered: bool, fresh: dict[int, str]) -> Element:
        base = "List Number" if numbered else "List Bullet"
        own = f"{base} {level + 1}" if level else base
        if level and self._styles.named(own, "paragraph") is None and self._built_in_lacks(own):
            own = base
        paragraph = self._styled(own, item.spans)
        style = Styles(self._stories).by_id.get(paragraph[0][0].get(W_VAL, ""))
        inherited = None if style is None else Styles(self._stories).numbering(style.id)
        known = None if inherited is None else inherited[1].find(f"{W}numId")
        number = None if known is None else known.get(W_VAL)
        if numbered:
            number = fresh.setdefault(level, fresh.get(level) or self._lists.restarted(number))
        elif number is None:
            number = fresh.setdefault(level, fresh.get(level) or self._lists.new_list("bullet"))
        if numbered or known is None:
            place = etree.Element(f"{W}numPr")
            etree.SubElement(place, f"{W}ilvl").set(W_VAL, str(level))
            etree.SubElement(place, f"{W}numId").set(W_VAL, number or "0")
            put_child(paragraph[0], place)
        return paragraph

    def _built_in_lacks(self, name: str) -> bool:
        return name.rpartition(" ")[2] not in ("2", "3")

    def _table(self, block: Table) -> Iterator[Element]:
        rows = block.rows
        width = max((len(row) for row in rows), default=0)
        squared = tuple((*row, *[""] * (width - len(row))) for row in rows)
        if block.caption:
            yield self._caption(self._labels[0], block.caption)
        style = self._table_style()
        table = new_table(squared, style=style, header=True, width=self._width)
        _align_numbers(table, squared)
        yield table
        yield self._gap()

    def _gap(self) -> Element:
        """A low paragraph behind a table, so that text does not touch it."""
        paragraph = etree.Element(W_P)
        spacing = etree.SubElement(etree.SubElement(paragraph, W_PPR), f"{W}spacing")
        for name, value in (("before", "0"), ("after", "60")):
            spacing.set(f"{W}{name}", value)
        return paragraph

    def _table_style(self) -> Style | None:
        for name in ("Report Table", "Grid Table 4 Accent 1", "Grid Table 4 - Accent 1", "Table Grid"):
            found = self._styles.named(name, "table")
            if found is not None:
                return found
        own = [s for s in self._styles.by_id.values() if s.kind == "table" and not s.default]
        if own:
            return own[0]
        self._style("Report Table", "table")
        self._styles = Styles(self._stories)
        return self._styles.named("Report Table", "table")

    def _caption(self, label: str, text: str) -> Element:
        self._counts[label] = self._counts.get(label, 0) + 1
        paragraph = self._styled("caption", [Span(text=f"{label} ")])
        paragraph.extend(field_runs(f"SEQ {label} \\* ARABIC", str(self._counts[label]), dirty=False))
        paragraph.append(new_run(f". {clean_text(text)}", None))
        return paragraph

    def _picture(self, block: Picture) -> Iterator[Element]:
        data = self._pictures.get(block.file)
        if data is None:
            raise UsageError(f"the picture {block.file!r} is not there")
        alt = block.alt.strip() or block.caption.strip()
        if not alt:
            alt = block.file.rpartition("/")[2]
            self.notes.append(f"The picture {block.file!r} has no description; its name stands in for one.")
        shown = picture(base64.b64encode(data).decode())
        paragraph = etree.Element(W_P)
        if block.caption:
            etree.SubElement(etree.SubElement(paragraph, W_PPR), f"{W}keepNext")
        paragraph.append(picture_run(self._stories, self._stories.main_part, shown, alt, None, self._width / 20))
        yield paragraph
        if block.caption:
            caption = self._caption(self._labels[1], block.caption)
            off = etree.Element(f"{W}keepNext")
            off.set(W_VAL, "0")
            put_child(caption[0], off)
            yield caption

    def _contents(self, block: Contents) -> Iterator[Element]:
        entries = [(b.level, b.text) for b in self._outline.blocks if isinstance(b, Heading)]
        if not entries:
            return
        yield self._styled("TOC Heading", [Span(text=self._contents_title)])
        for level in range(1, block.levels + 1):
            self._style(f"toc {level}", "paragraph")
        yield from contents_of(entries, Styles(self._stories), block.levels)


def _align_numbers(table: Element, rows: Sequence[Sequence[str]]) -> None:
    """Let columns of numbers end at the right, their heading too, so that the digits stand below each other."""
    for column in range(len(rows[0]) if rows else 0):
        words = [row[column].strip() for row in rows[1:] if row[column].strip()]
        if not words or not all(_NUMBER.fullmatch(word) for word in words):
            continue
        for row in table.findall(f"{W}tr"):
            for paragraph in row.findall(f"{W}tc")[column].findall(W_P):
                place = etree.Element(f"{W}jc")
                place.set(W_VAL, "right")
                put_child(paragraph_properties(paragraph), place)
