"""Blocks of a request's messages that our form has no part for, such as the results of the vendor's own tools.

They are kept among the request's options: a provider of this dialect is given them back at their places, and one of
another notes that it was not told them.
"""

from __future__ import annotations

from typing import Any, cast

OPTION = "unmodelled_blocks"
MODELLED = frozenset({"text", "image", "document", "thinking", "redacted_thinking", "tool_use", "tool_result"})
SOURCES = frozenset({"base64", "url", "text", "content"})


def without_unmodelled(body: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """`body` without the blocks that we do not model, which are put into `options`."""
    messages = body.get("messages")
    if not isinstance(messages, list):
        return body
    kept: dict[str, list[list[Any]]] = {}
    result = [_split(message, str(index), kept) for index, message in enumerate(cast("list[Any]", messages))]
    if not kept:
        return body
    options[OPTION] = kept
    return {**body, "messages": result}


def with_unmodelled(body: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """`options` without such blocks, which are put back to their places in `body`'s messages."""
    kept = cast("dict[str, list[list[Any]]] | None", options.get(OPTION))
    if kept is None:
        return options
    for index, message in enumerate(body["messages"]):
        for position, block in kept.get(str(index), []):
            content = message["content"]
            blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
            message["content"] = [*blocks[:position], block, *blocks[position:]]
    return {name: value for name, value in options.items() if name != OPTION}


def _split(message: Any, index: str, kept: dict[str, list[list[Any]]]) -> Any:
    fields = cast("dict[str, Any]", message) if isinstance(message, dict) else {}
    content = fields.get("content")
    if not isinstance(content, list):
        return cast("Any", message)
    blocks = cast("list[Any]", content)
    others = [[position, block] for position, block in enumerate(blocks) if not _is_modelled(block)]
    if not others:
        return fields
    kept[index] = others
    return {**fields, "content": [block for block in blocks if _is_modelled(block)]}


def _is_modelled(block: Any) -> bool:
    """Whether we have a part for `block`. What is no block at all is left to the schema to refuse."""
    if not isinstance(block, dict):
        return True
    fields = cast("dict[str, Any]", block)
    kind, source = fields.get("type"), fields.get("source")
    if not isinstance(kind, str) or kind in MODELLED - {"image", "document"}:
        return True
    if kind not in MODELLED:
        return False
    # Files that lie with the vendor have ids that only it can read.
    return not isinstance(source, dict) or cast("dict[str, Any]", source).get("type") in SOURCES
