"""Two paragraphs woven into one: what stays, what the first has alone as deleted, what the second has as inserted."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree
from rapidfuzz.distance import LCSseq

from polydesk.office.docx.importing import Importer
from polydesk.office.docx.inline import W_R, W_RPR, W_SDT, W_T
from polydesk.office.docx.order import put_child
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.runs import look_of, rename_words, set_words
from polydesk.office.docx.tokens import Inline, Token
from polydesk.office.ooxml.names import W, local_name
from polydesk.office.ooxml.part import Element

_UNSEEN = frozenset(f"{W}{name}" for name in ("lang", "noProof", "rPrChange", "ins", "del", "moveFrom", "moveTo"))
"""Run properties in which two documents may differ unnoticed."""


@dataclass(slots=True, eq=False, kw_only=True)
class _Bit:
    """A piece of the woven paragraph."""

    status: str | None
    """`ins`, `del`, or None for what stays."""
    look: Element | None = None
    was: Element | None = None
    """The look that it had; equal to `look` where it is unchanged."""
    text: str = ""
    node: Element | None = None
    """A thing to be put in a run."""
    whole: Element | None = None
    """A run, equation, container or mark, finished."""
    is_mark: bool = False


@dataclass(slots=True)
class _Region:
    """A stretch of tokens that are alike, or of what stands against each other."""

    alike: list[tuple[Token, Token]] = field(default_factory=list[tuple[Token, Token]])
    old: list[Token] = field(default_factory=list[Token])
    new: list[Token] = field(default_factory=list[Token])

    @property
    def replaces(self) -> bool:
        return bool(self.old and self.new)

    @property
    def is_blank(self) -> bool:
        return bool(self.alike) and all(one.is_blank for one, _ in self.alike)


class Weaver:
    """Weaves paragraphs of two stories."""

    def __init__(
        self,
        importer: Importer,
        revisions: Revisions,
        source_part: str,
        target_part: str,
        meet: Callable[[Element, Element], None],
    ) -> None:
        """`meet` is told of every pair of things that stay, for what they hold or refer to."""
        self._importer, self._revisions = importer, revisions
        self._parts = (source_part, target_part)
        self._meet = meet
        self._looks: dict[Element, Element | None] = {}

    def woven(self, old: Inline, new: Inline) -> list[Element]:
        """The content of a paragraph that holds both."""
        return self._built(list(self._bits(old, new)))

    def mapped_look(self, look: Element | None) -> Element | None:
        """A look of the second document, as the first one says it."""
        if look is None:
            return None
        if look not in self._looks:
            self._looks[look] = self._importer.look(look)
        return self._looks[look]

    def is_same(self, old: Inline, new: Inline) -> bool:
        """Whether both say the same and look the same, text boxes and notes aside."""
        if [token.key for token in old.tokens] != [token.key for token in new.tokens]:
            return False
        return all(self._token_is_same(*pair) for pair in zip(old.tokens, new.tokens, strict=True)) and not (
            self._brings_marks(new)
        )

    def met(self, old: Inline, new: Inline) -> None:
        """Tell of the things in two paragraphs that are the same."""
        for one, other in zip(old.tokens, new.tokens, strict=True):
            if one.node is not None and other.node is not None:
                self._meet(one.node, other.node)
            if one.inner is not None and other.inner is not None:
                self.met(one.inner, other.inner)

    def _token_is_same(self, old: Token, new: Token) -> bool:
        if old.inner is not None and new.inner is not None:
            return self.is_same(old.inner, new.inner)
        if old.node is not None:
            return look_key(old.look) == look_key(self.mapped_look(new.look))
        return all(look_key(a) == look_key(b) for _, a, b in self._paired(old, new))

    def _brings_marks(self, inline: Inline) -> bool:
        """Whether the second document has marks here that the first must be given."""
        marks = [*inline.marks, *(mark for token in inline.tokens for mark in token.marks)]
        return any(self._importer.wants(mark) for mark in marks)

    def _paired(self, old: Token, new: Token) -> Iterator[tuple[str, Element | None, Element | None]]:
        """A word's characters with both looks of each stretch."""
        looks = [self.mapped_look(look) for words, look in new.stretches for _ in words]
        at = 0
        for words, look in old.stretches:
            for character in words:
                yield character, look, looks[at]
                at += 1

    # Bits ---------------------------------------------------------------------------------------------------

    def _bits(self, old: Inline, new: Inline) -> Iterator[_Bit]:
        for region in _regions(old.tokens, new.tokens):
            for one, other in region.alike:
                yield from self._marks(one, other)
                yield from self._alike(one, other)
            for token in region.old:
                yield from self._marks(token, None)
                yield from self._deleted(token)
            for token in region.new:
                yield from self._marks(None, token)
                yield from self._inserted(token)
        yield from (_Bit(status=None, whole=mark, is_mark=True) for mark in old.marks)
        yield from self._new_marks(new.marks)

    def _marks(self, old: Token | None, new: Token | None) -> Iterator[_Bit]:
        yield from (_Bit(status=None, whole=mark, is_mark=True) for mark in (old.marks if old else ()))
        yield from self._new_marks(new.marks if new else [])

    def _new_marks(self, marks: Sequence[Element]) -> Iterator[_Bit]:
        for mark in marks:
            brought = self._importer.brought_mark(mark)
            if brought is not None:
                yield _Bit(status=None, whole=brought, is_mark=True)

    def _alike(self, old: Token, new: Token) -> Iterator[_Bit]:
        if old.inner is not None and new.inner is not None:
            yield from (_Bit(status=None, whole=run) for run in old.head)
            if old.whole is None:
                yield from self._bits(old.inner, new.inner)
            else:
                holder = _holder(old.whole)
                content = self.woven(old.inner, new.inner)
                _refill(holder, content)
                yield _Bit(status=None, whole=old.whole)
            yield from (_Bit(status=None, whole=run) for run in old.tail)
        elif old.node is not None and new.node is not None:
            self._meet(old.node, new.node)
            yield _Bit(status=None, node=old.node, look=self.mapped_look(new.look), was=old.look)
        elif old.whole is not None:
            yield _Bit(status=None, whole=old.whole)
        else:
            for character, was, look in self._paired(old, new):
                yield _Bit(status=None, text=character, look=look, was=was)

    def _deleted(self, token: Token) -> Iterator[_Bit]:
        if token.inner is not None and token.whole is not None:
            _refill(_holder(token.whole), self._built(list(self._all(token.inner, self._deleted, old=True))))
            yield _Bit(status=None, whole=token.whole)
        elif token.inner is not None:
            yield from (_Bit(status="del", whole=run) for run in token.head)
            yield from self._all(token.inner, self._deleted, old=True)
            yield from (_Bit(status="del", whole=run) for run in token.tail)
        elif token.whole is not None:
            yield _Bit(status="del", whole=token.whole)
        elif token.node is not None:
            yield _Bit(status="del", node=token.node, look=token.look, was=token.look)
        else:
            for words, look in token.stretches:
                yield _Bit(status="del", text=words, look=look, was=look)

    def _inserted(self, token: Token) -> Iterator[_Bit]:
        if token.inner is not None and token.whole is not None:
            whole = self._importer.brought(_without_content(token.whole), *self._parts)
            _refill(_holder(whole), self._built(list(self._all(token.inner, self._inserted, old=False))))
            yield _Bit(status=None, whole=whole)
        elif token.inner is not None:
            yield from (_Bit(status="ins", whole=self._brought(run)) for run in token.head)
            yield from self._all(token.inner, self._inserted, old=False)
            yield from (_Bit(status="ins", whole=self._brought(run)) for run in token.tail)
        elif token.whole is not None:
            yield _Bit(status="ins", whole=self._brought(token.whole))
        elif token.node is not None:
            look = self.mapped_look(token.look)
            yield _Bit(status="ins", node=self._brought(token.node), look=look, was=look)
        else:
            for words, theirs in token.stretches:
                look = self.mapped_look(theirs)
                yield _Bit(status="ins", text=words, look=look, was=look)

    def _all(self, inline: Inline, bits: Callable[[Token], Iterator[_Bit]], *, old: bool) -> Iterator[_Bit]:
        for token in inline.tokens:
            yield from self._marks(token, None) if old else self._marks(None, token)
            yield from bits(token)
        if old:
            yield from (_Bit(status=None, whole=mark, is_mark=True) for mark in inline.marks)
        else:
            yield from self._new_marks(inline.marks)

    def _brought(self, element: Element) -> Element:
        return self._importer.brought(element, *self._parts)

    # Elements -----------------------------------------------------------------------------------------------

    def _built(self, bits: Sequence[_Bit]) -> list[Element]:
        out: list[Element] = []
        mark: Element | None = None
        last: _Bit | None = None
        run: Element | None = None
        for bit in bits:
            if mark is not None and (last is None or last.status != bit.status or bit.is_mark):
                mark = None
            if bit.status is not None and mark is None:
                mark = self._revisions.mark(bit.status)
                out.append(mark)
                run = None
            holder = out if bit.status is None or mark is None else mark
            if bit.whole is not None:
                _detached(bit.whole)
                if bit.status == "del":
                    rename_words(bit.whole, deleted=True)
                holder.append(bit.whole)
                run = None
            else:
                if run is None or last is None or not _joins(last, bit):
                    run = self._new_run(bit)
                    holder.append(run)
                _put(run, bit)
            last = bit
        return out

    def _new_run(self, bit: _Bit) -> Element:
        run = etree.Element(W_R)
        look = None if bit.look is None else look_of(bit.look)
        if look_key(bit.look) != look_key(bit.was):
            look = etree.Element(W_RPR) if look is None else look
            change = self._revisions.mark("rPrChange")
            change.append(etree.Element(W_RPR) if bit.was is None else look_of(bit.was))
            put_child(look, change)
        elif bit.was is not None:
            look = look_of(bit.was)
        if look is not None and len(look):
            run.append(look)
        return run


def _joins(last: _Bit, bit: _Bit) -> bool:
    if last.whole is not None or last.status != bit.status:
        return False
    return look_key(last.look) == look_key(bit.look) and look_key(last.was) == look_key(bit.was)


def _put(run: Element, bit: _Bit) -> None:
    if bit.node is not None:
        _detached(bit.node)
        run.append(bit.node)
        if bit.status == "del":
            rename_words(run, deleted=True)
        return
    name = f"{W}delText" if bit.status == "del" else W_T
    last = run[-1] if len(run) else None
    if last is not None and last.tag == name:
        set_words(last, (last.text or "") + bit.text)
    else:
        set_words(etree.SubElement(run, name), bit.text)


def look_key(look: Element | None) -> tuple[Hashable, ...]:
    """A look, equal for two that a reader cannot tell apart."""
    if look is None:
        return ()
    return tuple(
        (child.tag, tuple(sorted(child.attrib.items())))
        for child in look
        if local_name(child.tag) and child.tag not in _UNSEEN
    )


def _regions(old: Sequence[Token], new: Sequence[Token]) -> list[_Region]:
    numbers: dict[Hashable, int] = {}
    one, other = ([numbers.setdefault(token.key, len(numbers)) for token in tokens] for tokens in (old, new))
    found: list[_Region] = []
    for code in LCSseq.opcodes(one, other):
        here, there = old[code.src_start : code.src_end], new[code.dest_start : code.dest_end]
        if code.tag == "equal":
            found.append(_Region(alike=list(zip(here, there, strict=True))))
        elif found and not found[-1].alike:
            found[-1].old += here
            found[-1].new += there
        else:
            found.append(_Region(old=list(here), new=list(there)))
    return _phrases(found)


def _phrases(found: list[_Region]) -> list[_Region]:
    """Join replacements that white space alone keeps apart: a changed phrase reads better than its words."""
    joined: list[_Region] = []
    for region in found:
        if len(joined) > 1 and joined[-1].is_blank and joined[-2].old and region.old and not region.alike:
            gap, last = joined.pop(), joined[-1]
            last.old += [*(one for one, _ in gap.alike), *region.old]
            last.new += [*(other for _, other in gap.alike), *region.new]
        else:
            joined.append(region)
    return joined


def _holder(container: Element) -> Element:
    """Where the content of a link, field or content control stands."""
    if container.tag == W_SDT:
        content = container.find(f"{W}sdtContent")
        return etree.SubElement(container, f"{W}sdtContent") if content is None else content
    return container


_PROPERTIES = frozenset(f"{W}{name}" for name in ("sdtPr", "sdtEndPr", "smartTagPr", "customXmlPr", "fldData"))


def _refill(holder: Element, content: Sequence[Element]) -> None:
    for child in list(holder):
        if child.tag not in _PROPERTIES:
            holder.remove(child)
    holder.extend(content)


def _without_content(container: Element) -> Element:
    copy = deepcopy(container)
    copy.tail = None
    _refill(_holder(copy), [])
    return copy


def _detached(element: Element) -> None:
    element.tail = None
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
