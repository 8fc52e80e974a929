"""An outline out of Markdown (CommonMark with GitHub's tables and strikethrough, read by markdown-it-py).

A single `# ` at the beginning is the title, a paragraph in emphasis behind it the subtitle; `## ` is then a heading of
level 1. A picture alone in its paragraph is a figure with its title as caption, `Table: words` in front of a table its
caption, `[TOC]` a table of contents, and a rule (`---`) a new page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from polydesk.core.errors import UsageError
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

_CAPTION = "table:"
_CONTENTS = "[toc]"
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class _Look:
    bold: bool = False
    italic: bool = False
    code: bool = False
    link: str | None = None


def outline_from_markdown(text: str, *, language: str = "en-GB", path: str | None = None) -> Outline:
    """The outline that Markdown describes. Raises UsageError when there is nothing in it."""
    root = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text))
    nodes = list(root.children)
    tops = [node for node in nodes if node.type == "heading" and node.tag == "h1"]
    title = subtitle = ""
    if len(tops) == 1 and nodes[0] is tops[0]:
        title = _plain(nodes.pop(0))
        if nodes and _is_emphasised(nodes[0]):
            subtitle = _plain(nodes.pop(0))
    blocks = tuple(_blocks(nodes, 1 if title else 0))
    if not blocks and not title:
        raise UsageError(f"{path or 'the outline'} has no words; write headings, paragraphs, lists or tables.")
    return Outline(title=title, subtitle=subtitle, language=language, blocks=blocks)


def _blocks(nodes: Sequence[SyntaxTreeNode], shift: int) -> Iterator[Block]:
    caption = ""
    for number, node in enumerate(nodes):
        following = nodes[number + 1].type if number + 1 < len(nodes) else ""
        if node.type == "paragraph" and following == "table" and _plain(node).lower().startswith(_CAPTION):
            caption = _plain(node)[len(_CAPTION) :].strip()
            continue
        yield from _block(node, shift, caption)
        caption = ""


def _block(node: SyntaxTreeNode, shift: int, caption: str) -> Iterator[Block]:
    match node.type:
        case "heading":
            yield Heading(text=_plain(node), level=max(int(node.tag[1]) - shift, 1))
        case "paragraph":
            yield _paragraph(node)
        case "bullet_list" | "ordered_list":
            yield Items(items=tuple(_items(node, 0)))
        case "table":
            yield Table(rows=_rows(node), caption=caption)
        case "blockquote":
            for child in node.children:
                yield Quote(spans=_spans(child))
        case "fence" | "code_block":
            yield Code(text=node.content.rstrip("\n"))
        case "hr":
            yield PageBreak()
        case _:
            pass  # Markup of another language has no place in a document.


def _paragraph(node: SyntaxTreeNode) -> Block:
    if _plain(node).strip().lower() == _CONTENTS:
        return Contents()
    inside = node.children[0].children if node.children else []
    if len(inside) == 1 and inside[0].type == "image":
        image = inside[0]
        return Picture(
            file=str(image.attrs.get("src", "")), alt=image.content, caption=str(image.attrs.get("title", ""))
        )
    return Paragraph(spans=_spans(node))


def _items(node: SyntaxTreeNode, level: int) -> Iterator[Item]:
    numbered = node.type == "ordered_list"
    for item in node.children:
        for position, child in enumerate(item.children):
            if child.type in ("bullet_list", "ordered_list"):
                yield from _items(child, min(level + 1, _DEEPEST))
            elif position == 0:
                yield Item(spans=_spans(child), level=level, numbered=numbered)
            else:
                yield Item(spans=_spans(child), level=level, numbered=numbered)


def _rows(node: SyntaxTreeNode) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_plain(cell) for cell in row.children) for part in node.children for row in part.children)


def _is_emphasised(node: SyntaxTreeNode) -> bool:
    inside = node.children[0].children if node.type == "paragraph" and node.children else []
    return len(inside) == 1 and inside[0].type == "em"


def _plain(node: SyntaxTreeNode) -> str:
    return "".join(span.text for span in _spans(node)).strip()


def _spans(node: SyntaxTreeNode) -> tuple[Span, ...]:
    found: list[tuple[str, _Look]] = []
    for text, look in _words(node, _Look()):
        if found and found[-1][1] == look:
            found[-1] = (found[-1][0] + text, look)
        else:
            found.append((text, look))
    return tuple(
        Span(text=text, bold=look.bold, italic=look.italic, code=look.code, link=look.link) for text, look in found
    )


def _words(node: SyntaxTreeNode, look: _Look) -> Iterator[tuple[str, _Look]]:
    for child in node.children:
        match child.type:
            case "text":
                yield child.content, look
            case "softbreak":
                yield " ", look
            case "hardbreak":
                yield "\n", look
            case "code_inline":
                yield child.content, _Look(look.bold, look.italic, True, look.link)
            case "strong":
                yield from _words(child, _Look(True, look.italic, look.code, look.link))
            case "em":
                yield from _words(child, _Look(look.bold, True, look.code, look.link))
            case "link":
                yield from _words(child, _Look(look.bold, look.italic, look.code, str(child.attrs.get("href", ""))))
            case "image":
                yield child.content, look
            case "html_inline":
                pass
            case _:
                yield from _words(child, look)
