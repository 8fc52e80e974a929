"""The facts of a picture that its place on a slide or sheet needs, by its header; nothing is decoded."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator

import msgspec

from polydesk.core.errors import UnreadableDocumentError, UnsupportedEditError
from polydesk.office.ooxml.names import local_name
from polydesk.office.opc.xml import parse_xml

EMU_PER_INCH = 914_400
MAX_PIXELS = 1_000_000
"""A side longer than this is taken for damage."""

_SVG_UNITS = {"": 96.0, "px": 96.0, "pt": 72.0, "pc": 6.0, "in": 1.0, "cm": 2.54, "mm": 25.4}
_LENGTH = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(px|pt|pc|in|cm|mm)?\s*")
_JPEG_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = {0x01, *range(0xD0, 0xD9)}
_TIFF_TYPES = {1: "B", 3: "H", 4: "I"}


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture's header says."""

    kind: str
    """The usual file extension: `png`, `jpeg`, `gif`, `bmp`, `tiff`, `svg`, `emf`, `wmf`, `webp`."""
    content_type: str
    width_px: int
    """Width in pixels; of a drawing made of lines, in pixels of 1/96 inch."""
    height_px: int
    dpi_x: float = 96.0
    """Pixels to the inch; 96 where the file does not say."""
    dpi_y: float = 96.0

    @property
    def width_emu(self) -> int:
        """The width at which Office shows it, in English metric units."""
        return round(self.width_px / self.dpi_x * EMU_PER_INCH)

    @property
    def height_emu(self) -> int:
        """The height at which Office shows it, in English metric units."""
        return round(self.height_px / self.dpi_y * EMU_PER_INCH)


def read_picture(data: bytes, *, path: str | None = None) -> Picture:
    """The facts of the picture in `data`.

    Raises UnsupportedEditError for a format that Office does not show, UnreadableDocumentError for a damaged header.
    """
    reader = next((reader for marks, reader in _READERS if data.startswith(marks)), None)
    if reader is None:
        reader = _svg if _looks_like_svg(data) else None
    if reader is None:
        raise UnsupportedEditError(
            f"{path or 'The picture'} is none of PNG, JPEG, GIF, BMP, TIFF, SVG, EMF, WMF and WebP. "
            "Save it as PNG or JPEG.",
            path=path,
        )
    try:
        picture = reader(data)
    except (struct.error, IndexError, ValueError, ZeroDivisionError, OverflowError) as exc:
        raise _damaged(path, f"its header is damaged ({exc or type(exc).__name__})") from exc
    if not (0 < picture.width_px <= MAX_PIXELS and 0 < picture.height_px <= MAX_PIXELS):
        raise _damaged(path, f"it says that it has {picture.width_px} by {picture.height_px} pixels")
    return picture


def _damaged(path: str | None, problem: str) -> UnreadableDocumentError:
    return UnreadableDocumentError(f"{path or 'The picture'} cannot be used: {problem}. Save it anew.", path=path)


def _density(x: float, y: float, per_inch: float) -> tuple[float, float]:
    """Dots to the inch from dots to some unit; 96 where they are nought or beyond sense."""
    found = (x * per_inch, y * per_inch)
    return found if all(1 <= value <= 100_000 for value in found) else (96.0, 96.0)


def _png(data: bytes) -> Picture:
    """PNG, W3C Recommendation, third edition: IHDR 11.2.1, pHYs 11.3.4.3."""
    width, height = struct.unpack_from(">II", data, 16)
    density = (96.0, 96.0)
    at = data.find(b"pHYs", 33, 65_536)
    if at > 0:
        x, y, unit = struct.unpack_from(">IIB", data, at + 4)
        density = _density(x, y, 0.0254) if unit == 1 else density
    return _picture("png", "image/png", width, height, density)


def _jpeg(data: bytes) -> Picture:
    """JPEG (ITU-T T.81, B.1 and B.2.2); density from JFIF (ITU-T T.871, 10.1)."""
    density = (96.0, 96.0)
    for marker, at in _segments(data):
        if marker == 0xE0 and data[at + 2 : at + 7] == b"JFIF\0":
            unit, x, y = struct.unpack_from(">BHH", data, at + 9)
            density = _density(x, y, {1: 1.0, 2: 2.54}.get(unit, 0.0))
        if marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", data, at + 3)
            return _picture("jpeg", "image/jpeg", width, height, density)
    raise ValueError("no frame")


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Marker and place of the length of every segment up to the picture itself."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise ValueError("a marker is missing")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _JPEG_BARE:
            at += 2
        else:
            yield marker, at + 2
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))


def _gif(data: bytes) -> Picture:
    """GIF89a specification, 18."""
    width, height = struct.unpack_from("<HH", data, 6)
    return _picture("gif", "image/gif", width, height)


def _bmp(data: bytes) -> Picture:
    """Device-independent bitmaps, [MS-WMF] 2.2.2.3 and 2.2.2.9."""
    if struct.unpack_from("<I", data, 14)[0] < 40:
        width, height = struct.unpack_from("<HH", data, 18)
        return _picture("bmp", "image/bmp", width, height)
    width, height = struct.unpack_from("<ii", data, 18)
    x, y = struct.unpack_from("<ii", data, 38)
    return _picture("bmp", "image/bmp", width, abs(height), _density(x, y, 0.0254))


def _tiff(data: bytes) -> Picture:
    """TIFF 6.0, sections 2 and 8: the first image's directory."""
    order = "<" if data.startswith(b"II") else ">"
    (directory,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, directory)
    entries = {
        tag: (kind, at + 8)
        for at in range(directory + 2, directory + 2 + 12 * count, 12)
        for tag, kind in [struct.unpack_from(order + "HH", data, at)]
    }
    unit = _tiff_number(data, order, entries[296]) if 296 in entries else 2
    density = [_tiff_ratio(data, order, entries[tag]) if tag in entries else 0.0 for tag in (282, 283)]
    width, height = (_tiff_number(data, order, entries[tag]) if tag in entries else 0 for tag in (256, 257))
    inches = {2: 1.0, 3: 2.54}.get(unit, 0.0)
    return _picture("tiff", "image/tiff", width, height, _density(density[0], density[1], inches))


def _tiff_number(data: bytes, order: str, entry: tuple[int, int]) -> int:
    kind, at = entry
    if kind not in _TIFF_TYPES:
        raise ValueError("a size is no number")
    return struct.unpack_from(order + _TIFF_TYPES[kind], data, at)[0]


def _tiff_ratio(data: bytes, order: str, entry: tuple[int, int]) -> float:
    (at,) = struct.unpack_from(order + "I", data, entry[1])
    above, below = struct.unpack_from(order + "II", data, at)
    return above / below if below else 0.0


def _emf(data: bytes) -> Picture:
    """Enhanced metafile: the frame in hundredths of a millimetre, [MS-EMF] 2.2.9."""
    if data[40:44] != b" EMF":
        raise ValueError("no EMF signature")
    left, top, right, bottom = struct.unpack_from("<iiii", data, 24)
    return _picture("emf", "image/x-emf", round((right - left) / 2540 * 96), round((bottom - top) / 2540 * 96))


def _wmf(data: bytes) -> Picture:
    """Windows metafile with a placeable header, [MS-WMF] 2.3.2.3."""
    left, top, right, bottom, units = struct.unpack_from("<hhhhH", data, 6)
    return _picture("wmf", "image/x-wmf", round(abs(right - left) / units * 96), round(abs(bottom - top) / units * 96))


def _webp(data: bytes) -> Picture:
    """WebP container (RFC 9649, 2.5 to 2.7)."""
    chunk = data[12:16]
    if data[8:12] != b"WEBP" or len(data) < 30:
        raise ValueError("no WebP picture")
    if chunk == b"VP8X":
        width, height = (1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
    elif chunk == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        width, height = (size & 0x3FFF for size in struct.unpack_from("<HH", data, 26))
    return _picture("webp", "image/webp", width, height)


def _looks_like_svg(data: bytes) -> bool:
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"<") and b"<svg" in start


def _svg(data: bytes) -> Picture:
    """SVG 2, 8.2 and 8.5: width and height, or the view box; 300 by 150 where it says neither."""
    root = parse_xml(data, part="the picture", path=None)
    if local_name(root.tag) != "svg":
        raise ValueError("no svg element")
    box = [float(number) for number in re.split(r"[\s,]+", root.get("viewBox", "").strip()) if number]
    width, height = _svg_length(root.get("width")), _svg_length(root.get("height"))
    if len(box) == 4 and box[2] > 0 and box[3] > 0:
        ratio = box[2] / box[3]
        width = width or (height * ratio if height else box[2])
        height = height or width / ratio
    return _picture("svg", "image/svg+xml", round(width or 300), round(height or 150))


def _svg_length(text: str | None) -> float | None:
    """A length in pixels; None for a share of the place, or for none."""
    match = _LENGTH.fullmatch(text or "")
    return None if match is None else float(match[1]) / _SVG_UNITS[match[2] or ""] * 96


def _picture(
    kind: str, content_type: str, width: int, height: int, density: tuple[float, float] = (96.0, 96.0)
) -> Picture:
    return Picture(
        kind=kind, content_type=content_type, width_px=width, height_px=height, dpi_x=density[0], dpi_y=density[1]
    )


_READERS: tuple[tuple[bytes | tuple[bytes, ...], Callable[[bytes], Picture]], ...] = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8\xff", _jpeg),
    ((b"GIF87a", b"GIF89a"), _gif),
    (b"BM", _bmp),
    ((b"II*\0", b"MM\0*"), _tiff),
    (b"\x01\0\0\0", _emf),
    (b"\xd7\xcd\xc6\x9a", _wmf),
    (b"RIFF", _webp),
)
