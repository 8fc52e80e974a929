"""What is new in a mail, what it quotes, and its signature, told apart line by line.

The libraries for this rewrite the text, know few languages, or take answers between quoted lines for quotations; here
every line keeps its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from polydesk.office.mail.html_text import Line
from polydesk.office.mail.quote_words import (
    ATTRIBUTION,
    ATTRIBUTION_START,
    DATED_LINE,
    FORWARDED,
    LABEL,
    LABELS,
    ORIGINAL,
    SENT_FROM,
)

BlockKind = Literal["new", "quoted", "forwarded", "signature"]

_RULE = re.compile(r"^\s*_{10,}\s*$")
_LOOK_AHEAD = 8


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring lines of one kind."""

    kind: BlockKind
    first: int
    """Number of its first line, from 0."""
    last: int
    """Number after its last line."""
    text: str
    """Its lines, without marks of quotation."""
    introduction: str | None = None
    """Of a quotation: the lines that say whom it quotes; None when there are none."""


def plain_lines(text: str) -> list[Line]:
    """Plain text as lines, each with the depth of its `>`."""
    return [Line(*_depth(line)) for line in text.split("\n")]


def _depth(line: str) -> tuple[str, int]:
    match = re.match(r"(?: ?>)+", line)
    if match is None or re.match(r"\s*>From ", line):
        return line, 0
    return line[match.end() :].removeprefix(" "), match[0].count(">")


def blocks(lines: Sequence[Line]) -> list[Block]:
    """The lines as blocks in order; empty ones are left out."""
    kinds = _kinds(lines)
    _mark_signature(lines, kinds)
    return list(_grouped(lines, kinds))


_Kinds = list[tuple[BlockKind, bool]]
"""For each line its kind, and whether it introduces a quotation."""


def _kinds(lines: Sequence[Line]) -> _Kinds:
    kinds: _Kinds = []
    at, rest = 0, None
    while at < len(lines):
        line = lines[at]
        if rest is not None:
            kinds.append((rest, False))
            at += 1
            continue
        length, kind, to_end = _opening(lines, at)
        if length:
            kinds.extend((kind, True) for _ in range(length))
            at += length
            rest = kind if to_end else None
            continue
        quoted = line.depth > 0
        # An empty line between quoted lines is one of them.
        kinds.append(("quoted" if quoted else "new", False))
        at += 1
    return kinds


def _opening(lines: Sequence[Line], at: int) -> tuple[int, BlockKind, bool]:
    """How many lines from `at` introduce a quotation, of which kind, and whether it goes on to the end; 0 for none."""
    line = lines[at]
    if line.depth:
        return 0, "quoted", False
    if line.divider:
        return 1 + _header_block(lines, at + 1)[0], "quoted", True
    if FORWARDED.match(line.text):
        return 1 + _header_block(lines, at + 1)[0], "forwarded", _flat(lines, at + 1)
    if ORIGINAL.match(line.text):
        return 1 + _header_block(lines, at + 1)[0], "quoted", True
    if _RULE.match(line.text):
        length = _header_block(lines, at + 1)[0]
        return (1 + length if length else 0), "quoted", True
    length, strong = _header_block(lines, at)
    if length and strong:
        return length, "quoted", _flat(lines, at + length)
    length = _attribution(lines, at)
    return length, "quoted", length > 0 and _flat(lines, at + length)


def _flat(lines: Sequence[Line], at: int) -> bool:
    """Whether what follows is not marked as quoted, so that only the end of the mail can end it."""
    following = next((line for line in lines[at:] if line.text.strip()), None)
    return following is None or following.depth == 0


def _header_block(lines: Sequence[Line], at: int) -> tuple[int, bool]:
    """How many lines from `at` are the head of an earlier mail, and whether they can be nothing else."""
    roles: list[str] = []
    end = at
    for number in range(at, min(at + 2 * _LOOK_AHEAD, len(lines))):
        text = lines[number].text.strip()
        match = LABEL.match(text)
        role = LABELS.get(match[1].strip().lower()) if match else None
        if role is not None:
            roles.append(role)
            end = number + 1
        elif not text and (not roles or number == at):
            continue
        elif not text or not roles or number - end > 2:
            break
    distinct = set(roles)
    found = len(distinct) >= 3 and "from" in distinct and ("date" in distinct or "subject" in distinct)
    starts = roles[:1] == ["from"] or (roles[:1] == ["date"] and found)
    return (end - at, bool(lines[at].text.strip()) and starts) if found else (0, False)


def _attribution(lines: Sequence[Line], at: int) -> int:
    """How many lines from `at` say who wrote what is quoted next; 0 when they do not."""
    joined = ""
    for length in range(1, 4):
        if at + length > len(lines) or not lines[at + length - 1].text.strip():
            return 0
        if lines[at + length - 1].depth:
            return 0
        joined = f"{joined} {lines[at + length - 1].text.strip()}".strip()
        if len(joined) > 400:
            return 0
        ends = joined.endswith((":", "\uff1a"))
        if ends and (DATED_LINE.match(joined) or ATTRIBUTION.search(joined)):
            following = _next_line(lines, at + length)
            dated = re.search(r"\d", joined) is not None or "@" in joined
            if following is not None and following.depth:
                return length
            if dated and len(re.findall(r"\d", joined)) >= 3 and length < 4 and ATTRIBUTION_START.match(joined):
                return length
            return length if dated and DATED_LINE.match(joined) else 0
        if length == 1 and not ATTRIBUTION_START.match(joined) and not re.search(r"\d.*|@", joined):
            return 0
    return 0


def _next_line(lines: Sequence[Line], at: int) -> Line | None:
    return next((line for line in lines[at : at + 4] if line.text.strip()), None)


def _mark_signature(lines: Sequence[Line], kinds: _Kinds) -> None:
    """Signatures: after `-- ` to the end of the new lines, marked in HTML, or a telephone's advertisement."""
    signing = False
    for at, line in enumerate(lines):
        if kinds[at][0] != "new":
            signing = False
            continue
        if line.text in ("-- ", "--") or line.text.strip() == "--\xa0" or line.signature or SENT_FROM.match(line.text):
            marked = line.signature or not SENT_FROM.match(line.text)
            signing = signing or marked
            kinds[at] = ("signature", False)
        elif signing and not (line.depth or (lines[at - 1].signature and not line.signature and line.text.strip())):
            kinds[at] = ("signature", False)
        else:
            signing = False


def _grouped(lines: Sequence[Line], kinds: _Kinds) -> Iterator[Block]:
    following = _next_words(lines)
    start = 0
    while start < len(lines):
        kind = kinds[start][0]
        end = start + 1
        introduced = kinds[start][1]
        while end < len(lines) and _belongs(lines, kinds, following, end, kind, introduced):
            introduced = introduced and kinds[end][1]
            end += 1
        block = _block(lines, kinds, start, end, kind)
        if block is not None:
            yield block
        start = end


def _next_words(lines: Sequence[Line]) -> list[int | None]:
    """For each line the number of the first line from there on that is not empty; None when there is none."""
    found: list[int | None] = [None] * len(lines)
    latest: int | None = None
    for at in range(len(lines) - 1, -1, -1):
        latest = at if lines[at].text.strip() else latest
        found[at] = latest
    return found


def _belongs(
    lines: Sequence[Line], kinds: _Kinds, following: Sequence[int | None], at: int, kind: BlockKind, introduced: bool
) -> bool:
    """Whether line `at` goes on with the block of that kind before it."""
    if kinds[at] == (kind, True):
        return introduced
    if kinds[at][0] == kind:
        return True
    if kind not in ("quoted", "forwarded") or kinds[at][0] not in ("new", "quoted"):
        return False
    empty = not lines[at].text.strip()
    if not (introduced or empty):
        return False
    # Empty lines between an introduction and its quotation, or inside it.
    words = following[at]
    same = words is not None and kinds[words][0] in (kind, "quoted") and not kinds[words][1]
    return same and (empty or kinds[at][0] == "quoted")


def _block(lines: Sequence[Line], kinds: _Kinds, start: int, end: int, kind: BlockKind) -> Block | None:
    introduction = [lines[at].text for at in range(start, end) if kinds[at][1]]
    body = [_shown(lines[at]) for at in range(start, end) if not kinds[at][1]]
    text = "\n".join(body).strip("\n")
    words = "\n".join(introduction).strip("\n")
    if not text.strip() and not words.strip():
        return None
    return Block(kind, start, end, text.rstrip(), words.strip() or None)


def _shown(line: Line) -> str:
    return ">" * (line.depth - 1) + " " + line.text if line.depth > 1 else line.text
