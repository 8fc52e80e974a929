"""The chart of the board report: bars, labels and values drawn into a PNG by hand, the same bytes every time."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable, Sequence
from itertools import pairwise

NAVY, TEAL, GREY = "1F3A5F", "2A7F8E", "5F6B76"

Point = tuple[float, float]


def chart(bars: Sequence[tuple[str, float]], *, width: int = 1320, height: int = 372) -> bytes:
    """Return a PNG of bars, the last one in the accent colour, each with its value above and its label below."""
    canvas = bytearray(b"\xff" * (width * height * 3))
    top, floor, left = 48, height - 66, 20
    scale = (floor - top) / (max(value for _, value in bars) * 1.05)
    slot = (width - 2 * left) / len(bars)
    for n, (label, value) in enumerate(bars):
        middle = left + slot * (n + 0.5)
        box = (round(middle - slot * 0.29), round(floor - value * scale), round(middle + slot * 0.29), floor)
        last = n == len(bars) - 1
        _fill(canvas, width, box, TEAL if last else NAVY)
        _write(canvas, width, f"{value:.1f}", (middle, box[1] - 44), 31, TEAL if last else NAVY, 2.3 if last else 1.8)
        _write(canvas, width, label, (middle, floor + 24), 27, GREY, 1.6)
    _fill(canvas, width, (left, floor, width - left, floor + 2), GREY)
    return _png(canvas, width, height)


def _rgb(color: str) -> bytes:
    return bytes.fromhex(color)


def _fill(canvas: bytearray, width: int, box: tuple[int, int, int, int], color: str) -> None:
    x0, y0, x1, y1 = box
    for y in range(y0, y1):
        canvas[(y * width + x0) * 3 : (y * width + x1) * 3] = _rgb(color) * (x1 - x0)


def _arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> list[Point]:
    steps = max(6, int(abs(end - start) / 10))
    angles = [math.radians(start + (end - start) * n / steps) for n in range(steps + 1)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def _glyphs() -> dict[str, list[list[Point]]]:
    """Return the strokes of the few characters that the chart writes, in a box 0.6 wide and 1 high, y downwards."""
    return {
        "0": [_arc(0.3, 0.5, 0.27, 0.5, 0, 360)],
        "1": [[(0.1, 0.2), (0.34, 0.0), (0.34, 1.0)]],
        "2": [[*_arc(0.29, 0.27, 0.25, 0.27, 190, 395), (0.04, 1.0), (0.56, 1.0)]],
        "3": [_arc(0.27, 0.26, 0.24, 0.26, 200, 450), _arc(0.27, 0.74, 0.28, 0.26, 270, 520)],
        "4": [[(0.44, 1.0), (0.44, 0.0), (0.02, 0.7), (0.6, 0.7)]],
        "5": [[(0.52, 0.0), (0.12, 0.0), (0.08, 0.43), *_arc(0.27, 0.68, 0.29, 0.32, 232, 510)]],
        "6": [_arc(0.3, 0.68, 0.27, 0.32, 0, 360), [(0.05, 0.62), *_arc(0.42, 0.62, 0.38, 0.62, 190, 285)]],
        "7": [[(0.03, 0.0), (0.57, 0.0), (0.2, 1.0)]],
        "8": [_arc(0.3, 0.25, 0.23, 0.25, 0, 360), _arc(0.3, 0.74, 0.27, 0.26, 0, 360)],
        "9": [_arc(0.3, 0.32, 0.27, 0.32, 0, 360), [(0.55, 0.38), *_arc(0.18, 0.38, 0.38, 0.62, 10, 105)]],
        "Q": [_arc(0.36, 0.5, 0.36, 0.5, 0, 360), [(0.44, 0.74), (0.74, 1.06)]],
        ".": [[(0.08, 0.98), (0.1, 0.98)]],
        " ": [],
    }


def _write(canvas: bytearray, width: int, text: str, at: Point, size: float, color: str, weight: float) -> None:
    """Write `text` centred on `at[0]` with its top at `at[1]`, in strokes `2 * weight` points wide."""
    advance = {".": 0.42, " ": 0.5, "Q": 1.0}
    x = at[0] - size * (sum(advance.get(c, 0.84) for c in text) - 0.24) / 2
    shapes = _glyphs()
    for character in text:
        for stroke in shapes[character]:
            points = [(x + px * size, at[1] + py * size) for px, py in stroke]
            _stroke(canvas, width, points, weight, _rgb(color))
        x += advance.get(character, 0.84) * size


def _stroke(canvas: bytearray, width: int, points: Sequence[Point], weight: float, color: bytes) -> None:
    cover: dict[tuple[int, int], float] = {}
    reach = weight + 1
    for (x0, y0), (x1, y1) in pairwise(points):
        distance = _distance_to((x0, y0), (x1, y1))
        for y in range(math.floor(min(y0, y1) - reach), math.ceil(max(y0, y1) + reach) + 1):
            for x in range(math.floor(min(x0, x1) - reach), math.ceil(max(x0, x1) + reach) + 1):
                share = min(1.0, max(0.0, weight + 0.5 - distance(x, y)))
                cover[x, y] = max(share, cover.get((x, y), 0.0))
    for (x, y), share in cover.items():
        for channel in range(3):
            place = (y * width + x) * 3 + channel
            canvas[place] = round(canvas[place] * (1 - share) + color[channel] * share)


def _distance_to(start: Point, end: Point) -> Callable[[float, float], float]:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy or 1.0

    def distance(x: float, y: float) -> float:
        along = min(1.0, max(0.0, ((x - start[0]) * dx + (y - start[1]) * dy) / length))
        return math.sqrt((x - start[0] - along * dx) ** 2 + (y - start[1] - along * dy) ** 2)

    return distance


def _png(canvas: bytearray, width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + canvas[y * width * 3 : (y + 1) * width * 3] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    density = struct.pack(">IIB", 8661, 8661, 1)  # points per metre, 220 per inch
    parts = ((b"IHDR", header), (b"pHYs", density), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in parts)
