"""The edits that lead from one presentation to another, and what no edit can say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from polydesk.core.errors import OfficeError
from polydesk.office.pptx.compare_views import differences_of
from polydesk.office.pptx.difference_shapes import ShapeDifferences, shapes_below
from polydesk.office.pptx.edits import Edit
from polydesk.office.pptx.paragraphs_of_views import written
from polydesk.office.pptx.presentation import Presentation
from polydesk.office.pptx.slide_edits import (
    AddComment,
    AddSection,
    AddSlide,
    DeleteComment,
    DeleteSlide,
    DuplicateSlide,
    HideSlide,
    MoveSlide,
    RemoveSection,
    RenameSection,
    ReplyComment,
    ResolveComment,
)
from polydesk.office.pptx.text_edits import SetNotes
from polydesk.office.pptx.views import CommentView, PresentationView, SlideView

_ALIKE = 60.0
"""Least likeness, in percent, of two slides with different ids that are taken for one."""
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def edits_between(a: Presentation, b: Presentation) -> list[Edit]:
    """The edits that make `a` say what `b` says, as far as edits can: see `inexpressible`.

    Slides are matched by id and by what they hold; so are shapes, paragraphs, rows and columns of tables. Edits that
    `a` would refuse are left out.
    """
    edits = list(_Between(a, b).edits())
    refused = {problem.index for problem in a.check(edits)}
    return [edit for index, edit in enumerate(edits) if index not in refused]


def inexpressible(a: Presentation, b: Presentation) -> list[str]:
    """What `b` shows otherwise than `a` does once `edits_between` are made; empty when the edits say it all."""
    edits = edits_between(a, b)
    try:
        made = a.apply(edits, at=_LONG_AGO, ignore_protection=True)
    except OfficeError as exc:
        return [f"the edits cannot be made together: {exc}"]
    return differences_of(Presentation(made.data), b)


class _Between:
    """Two presentations, matched slide by slide."""

    def __init__(self, a: Presentation, b: Presentation) -> None:
        self._a, self._b = a, b
        self._old, self._new = a.view(), b.view()
        self._partner = _matched(self._old, self._new)
        """By place in B: the slide of A that it was; None for a new one."""

    def edits(self) -> Iterator[Edit]:
        shapes = ShapeDifferences(self._a, self._b)
        for new, old in zip(self._new.slides, self._partner, strict=True):
            if old is not None:
                yield from self._slide(old, new)
                yield from shapes.of_slide(old, new)
        yield from self._order()
        yield from self._added()
        kept = {old.anchor for old in self._partner if old is not None}
        for old in self._old.slides:
            if old.anchor not in kept:
                yield DeleteSlide(at=old.anchor)
        yield from self._sections()

    def _slide(self, old: SlideView, new: SlideView) -> Iterator[Edit]:
        if old.hidden != new.hidden:
            yield HideSlide(at=old.anchor, hidden=new.hidden)
        before, after = (() if slide.notes is None else slide.notes.paragraphs for slide in (old, new))
        if written(before) != written(after):
            yield SetNotes(at=old.anchor if old.notes is None else old.notes.anchor, text=written(after))
        yield from _comments(old, new)

    def _order(self) -> Iterator[Edit]:
        """Moves of the slides that are out of order, each behind the last one that stays or has moved."""
        place = {slide.anchor: number for number, slide in enumerate(self._old.slides)}
        sequence = [place[old.anchor] for old in self._partner if old is not None]
        staying = _rising(sequence)
        kept = [self._old.slides[number] for number in sequence]
        first_staying = next((slide for number, slide in zip(sequence, kept, strict=True) if number in staying), None)
        last: SlideView | None = None
        for number, slide in zip(sequence, kept, strict=True):
            if number in staying:
                last = slide
            elif last is not None:
                yield MoveSlide(at=slide.anchor, after=last.anchor)
            elif first_staying is not None:
                yield MoveSlide(at=slide.anchor, before=first_staying.anchor)

    def _added(self) -> Iterator[Edit]:
        """New slides, in front of the next that was there or behind the last."""
        for number, (new, old) in enumerate(zip(self._new.slides, self._partner, strict=True)):
            if old is not None:
                continue
            following = next((slide for slide in self._partner[number:] if slide is not None), None)
            before = None if following is None else following.anchor
            last = next((slide for slide in reversed(self._partner[:number]) if slide is not None), None)
            after = last.anchor if before is None and last is not None else None
            behind = self._directly_behind(number)
            twin = None if behind is None else self._twin(new, behind)
            if twin is not None:
                yield DuplicateSlide(at=twin.anchor, after=behind)
            elif (layout := self._layout(new)) is not None:
                yield AddSlide(
                    layout=layout,
                    before=before,
                    after=after,
                    content=_content(new),
                    notes=None if new.notes is None else written(new.notes.paragraphs),
                )

    def _directly_behind(self, number: int) -> str | None:
        """The slide of A that stands right in front of a new one; None for another new one or for none."""
        before = self._partner[number - 1] if number else None
        return None if before is None else before.anchor

    def _twin(self, new: SlideView, behind: str) -> SlideView | None:
        """A slide of A that says the very same, so that a copy is the way to it; the one in front before others."""
        said = (_said(new), new.layout, _notes(new))
        found = [old for old in self._old.slides if (_said(old), old.layout, _notes(old)) == said]
        return next((old for old in found if old.anchor == behind), found[0] if found else None)

    def _layout(self, slide: SlideView) -> str | None:
        """A layout of A that has a place for each text of the slide, by its part; of the slide's own name if it can be.

        None where A has none such.
        """
        wanted = _content(slide).keys()
        for layout in sorted(self._old.layouts, key=lambda layout: layout.name != slide.layout):
            if wanted <= {f"{place.type}:{place.index}" for place in layout.placeholders}:
                return layout.part
        return None

    def _sections(self) -> Iterator[Edit]:
        old = {section.id: section for section in self._old.sections}
        new = {section.id for section in self._new.sections}
        names = {f"s{_id(slide)}": number for number, slide in enumerate(self._new.slides)}
        for section in self._new.sections:
            before = old.get(section.id)
            if before is not None and before.name != section.name:
                yield RenameSection(section=section.id, name=section.name)
            first = self._partner[names[section.slides[0]]] if section.slides and section.slides[0] in names else None
            if before is None and first is not None and self._old.sections != self._new.sections:
                yield AddSection(at=first.anchor, name=section.name)
        for section in self._old.sections:
            if section.id not in new:
                yield RemoveSection(section=section.id)


def _matched(old: PresentationView, new: PresentationView) -> list[SlideView | None]:
    """For each slide of `new` the one of `old` that it was."""
    by_id = {_id(slide): slide for slide in reversed(old.slides)}
    found: list[SlideView | None] = [None] * len(new.slides)
    free = {slide.anchor for slide in old.slides}
    for number, slide in enumerate(new.slides):
        partner = by_id.get(_id(slide))
        if partner is not None and partner.anchor in free and _likeness(partner, slide) >= _ALIKE / 2:
            found[number] = partner
            free.discard(partner.anchor)
    texts = [_said(slide) for slide in old.slides]
    for number, slide in enumerate(new.slides):
        if found[number] is not None:
            continue
        said = _said(slide)
        same = [old.slides[at] for at, text in enumerate(texts) if text == said and old.slides[at].anchor in free]
        candidates = same or [item for item in old.slides if item.anchor in free and _likeness(item, slide) >= _ALIKE]
        candidates = [item for item in candidates if item.layout == slide.layout]
        if candidates:
            best = max(candidates, key=lambda item: _likeness(item, slide))
            found[number] = best
            free.discard(best.anchor)
    return found


def _id(slide: SlideView) -> str:
    return slide.anchor.partition("~")[0].removeprefix("s")


def _said(slide: SlideView) -> str:
    """The texts and kinds of a slide's shapes."""
    shapes = shapes_below(slide.shapes)
    return "\n".join(f"{shape.kind}: {written(shape.paragraphs)}{_rows(shape.rows)}" for shape in shapes)


def _notes(slide: SlideView) -> str:
    return "" if slide.notes is None else written(slide.notes.paragraphs)


def _rows(rows: tuple[object, ...]) -> str:
    return f" {len(rows)} rows" if rows else ""


def _likeness(one: SlideView, two: SlideView) -> float:
    """From 0 to 100; slides of one layout without text are alike."""
    if one.layout == two.layout and one.title and one.title == two.title:
        return 100.0
    said = (_said(one), _said(two))
    return max(fuzz.ratio(*said), 50.0 if one.layout == two.layout and min(map(len, said)) < 40 else 0.0)


def _content(slide: SlideView) -> dict[str, str]:
    """The texts of a slide's placeholders, as `add_slide` takes them."""
    found: dict[str, str] = {}
    for shape in slide.shapes:
        text = written(shape.paragraphs)
        if shape.placeholder is not None and shape.kind in ("shape", "text_box") and text:
            found[shape.placeholder if ":" in shape.placeholder else f"{shape.placeholder}:0"] = text
    return found


def _comments(old: SlideView, new: SlideView) -> Iterator[Edit]:
    """Comments by their numbers within the slide; who signs them is said when the edits are applied."""
    before = {_number(comment): comment for comment in old.comments}
    after = {_number(comment): comment for comment in new.comments}
    for number, comment in after.items():
        known = before.get(number)
        if known is not None and known.text == comment.text:
            if known.parent is None and known.resolved != comment.resolved:
                yield ResolveComment(comment=known.id, resolved=comment.resolved)
            continue
        parent = None if comment.parent is None else before.get(comment.parent.partition("#")[2])
        if parent is not None:
            yield ReplyComment(comment=parent.id, text=comment.text)
        elif comment.parent is None:
            place = None if comment.anchor is None else _shape_anchor(old, comment.anchor)
            yield AddComment(at=place or old.anchor, text=comment.text)
    for number, comment in before.items():
        kept = after.get(number)
        if (kept is None or kept.text != comment.text) and (
            comment.parent is None or _number_of(comment.parent) in after
        ):
            yield DeleteComment(comment=comment.id)


def _number(comment: CommentView) -> str:
    return _number_of(comment.id)


def _number_of(id: str) -> str:
    return id.partition("#")[2]


def _shape_anchor(slide: SlideView, place: str) -> str | None:
    """The shape of the slide that a comment of another file names without hash."""
    name = place.rpartition("/")[2]
    found = (shape.anchor for shape in shapes_below(slide.shapes))
    return next((anchor for anchor in found if anchor.rpartition("/")[2].partition("~")[0] == name), None)


def _rising(sequence: list[int]) -> set[int]:
    """The members of a longest rising part of the sequence."""
    matched = LCSseq.opcodes(sequence, sorted(sequence))
    return {sequence[at] for code in matched if code.tag == "equal" for at in range(code.src_start, code.src_end)}
