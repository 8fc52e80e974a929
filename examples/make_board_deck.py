"""Makes board-deck.pptx, the deck that the reference of PowerPoint edits is written for. The same bytes every time."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path

from polydesk.office.pptx.new_decks import new_deck
from polydesk.office.pptx.outline_markdown import outline_from_markdown
from polydesk.office.pptx.presentation import Presentation
from polydesk.office.pptx.slide_edits import AddComment

HERE = Path(__file__).parent
AT = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
OUTLINE = """
# Harbour Line: third quarter
Report to the board, October 2026

## What the quarter brought
- Volumes grew on both corridors
    - Northern corridor up by 6%
    - Southern corridor up by 2%
- Punctuality fell short of the plan
- Two new contracts were signed

Notes: Begin with the volumes; the question on punctuality will come.

## Volumes by corridor
| Corridor | Plan | Actual |
|---|---|---|
| Northern | 410 | 435 |
| Southern | 380 | 388 |

## Punctuality
```chart column
Month,Plan,Actual
July,93,91.2
August,93,90.8
September,93,92.1
```

# Outlook

## The yard
![The new yard from above](yard.png)

## Decisions asked for
- Approve the yard's second phase
- Extend the pilot on the southern corridor
"""


def yard() -> bytes:
    """A picture of tracks and a depot, drawn with rectangles."""
    width, height = 480, 270
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            is_track, is_depot = y % 45 in (20, 21, 28, 29), 300 < x < 440 and 60 < y < 210
            rows += bytes((0x8C, 0x3B, 0x2E) if is_depot else (0x44, 0x44, 0x44) if is_track else (0xB9, 0xC4, 0xA8))

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(rows), 9))
        + chunk(b"IEND", b"")
    )


def board_deck() -> bytes:
    """The deck's bytes."""
    made = new_deck(outline_from_markdown(OUTLINE), pictures={"yard.png": yard()}, at=AT).data
    deck = Presentation(made)
    second = deck.view().slides[1]
    comment = AddComment(at=second.shapes[1].anchor, text="Is the plan for punctuality still 93%?")
    return deck.apply([comment], author="Kim Sand", at=AT).data


if __name__ == "__main__":
    (HERE / "board-deck.pptx").write_bytes(board_deck())
