"""Edits of looks, tables and other content, each with its place found."""

from __future__ import annotations

from typing import Any

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.docx.controls import control_named, fill_control
from polydesk.office.docx.core_properties import set_properties
from polydesk.office.docx.edits_content import (
    FillControl,
    InsertBookmark,
    InsertCaption,
    InsertImage,
    InsertLink,
    InsertNote,
    InsertPageBreak,
    InsertReference,
    InsertToc,
    ReplaceImage,
    SetAltText,
    SetProperties,
)
from polydesk.office.docx.edits_layout import InsertSectionBreak, SetFormat, SetList, SetParagraphFormat, SetSection
from polydesk.office.docx.edits_tables import (
    DeleteColumn,
    DeleteTable,
    InsertColumn,
    InsertTable,
    MergeCells,
    SplitCell,
)
from polydesk.office.docx.formatting import set_format, set_paragraph_format
from polydesk.office.docx.grids import delete_column, insert_column, mark_table, merge_cells, new_table, split_cell
from polydesk.office.docx.images import drawing_in, picture, picture_run, replace_picture, set_alt_text
from polydesk.office.docx.inline import W_P, W_VAL, paragraph_text
from polydesk.office.docx.notes import new_note
from polydesk.office.docx.paragraphs import insert_after, insert_before
from polydesk.office.docx.planning import INLINE, INSERTION, LOOKS, REMOVAL, WORDS, Plan, Span, Step, one_side
from polydesk.office.docx.properties import is_last, mark_paragraph
from polydesk.office.docx.references import (
    caption,
    captions_before,
    contents,
    link_span,
    name_span,
    page_break,
    put_at,
    reference_runs,
)
from polydesk.office.docx.sections import insert_section_break, set_section, text_width
from polydesk.office.docx.stories import table_rows
from polydesk.office.docx.styles import Style
from polydesk.office.docx.tables import delete_row
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element, XmlPart


def further_step(plan: Plan, index: int, edit: Any) -> Step:
    """The step that makes `edit`. Raises OfficeError when its place is not there."""
    return _STEPS[type(edit)](plan, index, edit)


# Looks ------------------------------------------------------------------------------------------------------


def _format(plan: Plan, index: int, edit: SetFormat) -> Step:
    part, paragraph, span = plan.span_at(edit.at, edit.find, edit.start, edit.end)
    tracked = plan.tracked(edit.tracked)

    def make() -> None:
        part.touch(paragraph)
        set_format(paragraph, span, edit, plan.styles, plan.revisions, tracked=tracked)

    return plan.step(LOOKS, index, make)


def _paragraph_format(plan: Plan, index: int, edit: SetParagraphFormat) -> Step:
    part, paragraph = plan.stories.paragraph_at(edit.at)
    tracked = plan.tracked(edit.tracked)

    def make() -> None:
        part.touch(paragraph)
        set_paragraph_format(paragraph, edit, plan.revisions, tracked=tracked)

    return plan.step(WORDS, index, make)


def _list(plan: Plan, index: int, edit: SetList) -> Step:
    part, paragraph = plan.stories.paragraph_at(edit.at)
    tracked = plan.tracked(edit.tracked)

    def make() -> None:
        part.touch(paragraph)
        plan.lists.set_list(paragraph, edit, plan.revisions, tracked=tracked)

    return plan.step(WORDS, index, make)


def _section_break(plan: Plan, index: int, edit: InsertSectionBreak) -> Step:
    part, paragraph = plan.stories.paragraph_at(edit.after)
    plan.claim(index, part, paragraph)
    return plan.step(REMOVAL, index, lambda: insert_section_break(part, paragraph, edit.start))


def _section(plan: Plan, index: int, edit: SetSection) -> Step:
    part, paragraph = plan.stories.paragraph_at(edit.at)
    tracked = plan.tracked(edit.tracked)
    return plan.step(LOOKS, index, lambda: set_section(part, paragraph, edit, plan.revisions, tracked=tracked))


# Tables -----------------------------------------------------------------------------------------------------


def _table(plan: Plan, index: int, edit: InsertTable) -> Step:
    anchor, before = one_side(edit.after, edit.before)
    part, paragraph = plan.stories.paragraph_at(anchor)
    style = _table_style(plan, edit.style)
    tracked = plan.tracked(edit.tracked)

    def make() -> None:
        table = new_table(edit.rows, style=style, header=edit.header, width=text_width(part, paragraph))
        if tracked:
            mark_table(table, plan.revisions)
        if before:
            previous = paragraph.getprevious()
            if _is_table(previous) and previous not in plan.gone:
                insert_before(part, paragraph, etree.Element(W_P), plan.revisions, tracked=tracked)
            part.insert_before(paragraph, table)
            return
        reference = plan.last_after.get(paragraph, paragraph)
        if reference.tag != W_P:
            apart = etree.Element(W_P)
            part.insert_after(reference, apart)
            if tracked:
                mark_paragraph(apart, "ins", plan.revisions)
            reference = apart
        elif is_last(reference) or (_is_table(reference.getnext()) and reference.getnext() not in plan.gone):
            # The format demands a paragraph behind a table, and one between two lest they become one.
            insert_after(part, reference, etree.Element(W_P), plan.revisions, tracked=tracked)
        part.insert_after(reference, table)
        plan.last_after[paragraph] = table

    return plan.step(INSERTION, index, make)


def _is_table(element: Element | None) -> bool:
    return element is not None and element.tag == f"{W}tbl"


def _table_style(plan: Plan, wanted: str | None) -> Style | None:
    if wanted is not None:
        return plan.styles.style(wanted, "table")
    for table in plan.stories.tables(plan.stories.main_part):
        used = table.find(f"{W}tblPr/{W}tblStyle")
        style = None if used is None else plan.styles.by_id.get(used.get(W_VAL, ""))
        if style is not None:
            return style
    return plan.styles.named("table grid", "table")


def _no_table(plan: Plan, index: int, edit: DeleteTable) -> Step:
    part, table = plan.stories.table_at(edit.at)
    plan.claim(index, part, table)
    tracked = plan.tracked(edit.tracked)

    def make() -> None:
        for row in table_rows(table):
            delete_row(part, row, plan.revisions, tracked=tracked)

    return plan.step(REMOVAL, index, make)


def _column(plan: Plan, index: int, edit: InsertColumn) -> Step:
    anchor, before = one_side(edit.after, edit.before)
    part, cell = plan.stories.cell_at(anchor)
    plan.claim(index, part, next(cell.iterancestors(f"{W}tbl")))
    tracked = plan.tracked(edit.tracked)
    return plan.step(
        INSERTION,
        index,
        lambda: insert_column(part, cell, edit.cells, plan.revisions, before=before, tracked=tracked),
    )


def _no_column(plan: Plan, index: int, edit: DeleteColumn) -> Step:
    part, cell = plan.stories.cell_at(edit.at)
    plan.claim(index, part, next(cell.iterancestors(f"{W}tbl")))
    tracked = plan.tracked(edit.tracked)
    return plan.step(REMOVAL, index, lambda: delete_column(part, cell, plan.revisions, tracked=tracked))


def _merge(plan: Plan, index: int, edit: MergeCells) -> Step:
    part, first = plan.stories.cell_at(edit.at)
    _, last = plan.stories.cell_at(edit.to)
    plan.claim(index, part, next(first.iterancestors(f"{W}tbl")))
    return plan.step(REMOVAL, index, lambda: merge_cells(part, first, last))


def _split(plan: Plan, index: int, edit: SplitCell) -> Step:
    part, cell = plan.stories.cell_at(edit.at)
    plan.claim(index, part, next(cell.iterancestors(f"{W}tbl")))
    return plan.step(REMOVAL, index, lambda: split_cell(part, cell))


# Other content ----------------------------------------------------------------------------------------------


def _put_paragraphs(
    plan: Plan, part: XmlPart, reference: Element, new: list[Element], *, before: bool, tracked: bool
) -> None:
    """Put new paragraphs beside one, in their order and in that of the list."""
    for paragraph in new:
        plan.touched[paragraph] = None
        if before:
            insert_before(part, reference, paragraph, plan.revisions, tracked=tracked)
            continue
        insert_after(part, plan.last_after.get(reference, reference), paragraph, plan.revisions, tracked=tracked)
        plan.last_after[reference] = paragraph


def _image(plan: Plan, index: int, edit: InsertImage) -> Step:
    anchor, before = one_side(edit.after, edit.before)
    part, reference = plan.stories.paragraph_at(anchor)
    shown = picture(edit.data)
    tracked = plan.tracked(edit.tracked)

    def make() -> None:
        widest = text_width(part, reference) / 20
        paragraph = etree.Element(W_P)
        paragraph.append(picture_run(plan.stories, part.name, shown, edit.alt, edit.width, widest))
        _put_paragraphs(plan, part, reference, [paragraph], before=before, tracked=tracked)

    return plan.step(INSERTION, index, make)


def _other_image(plan: Plan, index: int, edit: ReplaceImage) -> Step:
    part, paragraph = plan.stories.paragraph_at(edit.at)
    drawing, shown = drawing_in(paragraph, edit.image), picture(edit.data)
    plan.claim(index, part, drawing)

    def make() -> None:
        part.touch(paragraph)
        replace_picture(plan.stories, part.name, drawing, shown, edit.alt)

    return plan.step(LOOKS, index, make)


def _alt(plan: Plan, index: int, edit: SetAltText) -> Step:
    part, paragraph = plan.stories.paragraph_at(edit.at)
    drawing = drawing_in(paragraph, edit.image)
    plan.claim(index, part, drawing)

    def make() -> None:
        part.touch(paragraph)
        set_alt_text(drawing, edit.alt)

    return plan.step(LOOKS, index, make)


def _point(plan: Plan, edit: InsertNote | InsertReference) -> tuple[XmlPart, Element, int]:
    """The paragraph and the offset in it at which something is put."""
    if edit.find is None and edit.start is None:
        part, paragraph = plan.stories.paragraph_at(edit.at)
        return part, paragraph, len(paragraph_text(paragraph))
    part, paragraph, span = plan.span_at(edit.at, edit.find, edit.start, edit.start)
    return part, paragraph, span[1]


def _note(plan: Plan, index: int, edit: InsertNote) -> Step:
    part, paragraph, offset = _point(plan, edit)
    if part.name != plan.stories.main_part or next(paragraph.iterancestors(f"{W}txbxContent"), None) is not None:
        raise UnsupportedEditError("notes are of the body; a header, note or text box can have none", part=part.name)
    span = plan.claim_span(index, part, paragraph, Span(offset, offset, "", index), edit.at)
    tracked = plan.tracked(edit.tracked)

    def make() -> None:
        part.touch(paragraph)
        run = new_note(plan.stories, plan.styles, edit.kind, edit.text, plan.revisions.new_id())
        put_at(paragraph, plan.now(paragraph, offset), [run], plan.revisions, tracked=tracked)
        span.is_made = True

    return plan.step(INLINE, index, make)


def _reference(plan: Plan, index: int, edit: InsertReference) -> Step:
    part, paragraph, offset = _point(plan, edit)
    target_part, target = plan.stories.paragraph_at(edit.to)
    if target_part.name != plan.stories.main_part:
        raise UnsupportedEditError("a cross-reference leads to a paragraph of the body", part=target_part.name)
    if target is paragraph:
        raise UnsupportedEditError("a paragraph cannot refer to itself", part=part.name)
    span = plan.claim_span(index, part, paragraph, Span(offset, offset, "", index), edit.at)
    tracked = plan.tracked(edit.tracked)

    def make() -> None:
        part.touch(paragraph)
        runs = reference_runs(plan.stories, target_part, target, edit.shows, plan.revisions)
        put_at(paragraph, plan.now(paragraph, offset), runs, plan.revisions, tracked=tracked)
        span.text = "0" if edit.shows == "page" else paragraph_text(target)
        span.is_made = True

    return plan.step(INLINE, index, make)


def _link(plan: Plan, index: int, edit: InsertLink) -> Step:
    part, paragraph, span = plan.span_at(edit.at, edit.find, edit.start, edit.end)

    def make() -> None:
        part.touch(paragraph)
        link_span(plan.stories, part, paragraph, span, edit.address, plan.styles)

    return plan.step(LOOKS, index, make)


def _bookmark(plan: Plan, index: int, edit: InsertBookmark) -> Step:
    part, paragraph, span = plan.span_at(edit.at, edit.find, edit.start, edit.end)

    def make() -> None:
        part.touch(paragraph)
        name_span(plan.stories, paragraph, span, edit.name, plan.revisions)

    return plan.step(LOOKS, index, make)


def _caption(plan: Plan, index: int, edit: InsertCaption) -> Step:
    anchor, before = one_side(edit.after, edit.before)
    part, reference = plan.stories.paragraph_at(anchor)
    tracked = plan.tracked(edit.tracked)

    def make() -> None:
        number = captions_before(part, edit.label, reference) + 1
        new = caption(plan.stories, plan.styles, edit.label, edit.text, number)
        _put_paragraphs(plan, part, reference, [new], before=before, tracked=tracked)

    return plan.step(INSERTION, index, make)


def _contents(plan: Plan, index: int, edit: InsertToc) -> Step:
    anchor, before = one_side(edit.after, edit.before)
    part, reference = plan.stories.paragraph_at(anchor)
    if part.name != plan.stories.main_part:
        raise UnsupportedEditError("a table of contents stands in the body", part=part.name)
    tracked = plan.tracked(edit.tracked)

    def make() -> None:
        new = contents(plan.stories, plan.styles, edit.levels)
        _put_paragraphs(plan, part, reference, new, before=before, tracked=tracked)

    return plan.step(INSERTION, index, make)


def _page(plan: Plan, index: int, edit: InsertPageBreak) -> Step:
    part, paragraph = plan.stories.paragraph_at(edit.before)
    span = plan.claim_span(index, part, paragraph, Span(0, 0, "", index), edit.before)
    tracked = plan.tracked(edit.tracked)

    def make() -> None:
        part.touch(paragraph)
        put_at(paragraph, 0, [page_break()], plan.revisions, tracked=tracked)
        span.text = "\n"
        span.is_made = True

    return plan.step(INLINE, index, make)


def _fill(plan: Plan, index: int, edit: FillControl) -> Step:
    part, control = control_named(plan.stories, edit.control)
    plan.claim(index, part, control)
    return plan.step(WORDS, index, lambda: fill_control(plan.stories, part, control, edit.value))


def _properties(plan: Plan, index: int, edit: SetProperties) -> Step:
    return plan.step(LOOKS, index, lambda: set_properties(plan.stories, edit))


_STEPS: dict[type, Any] = {
    SetFormat: _format,
    SetParagraphFormat: _paragraph_format,
    SetList: _list,
    InsertSectionBreak: _section_break,
    SetSection: _section,
    InsertTable: _table,
    DeleteTable: _no_table,
    InsertColumn: _column,
    DeleteColumn: _no_column,
    MergeCells: _merge,
    SplitCell: _split,
    InsertImage: _image,
    ReplaceImage: _other_image,
    SetAltText: _alt,
    InsertNote: _note,
    InsertLink: _link,
    InsertBookmark: _bookmark,
    InsertReference: _reference,
    InsertCaption: _caption,
    InsertToc: _contents,
    InsertPageBreak: _page,
    FillControl: _fill,
    SetProperties: _properties,
}
