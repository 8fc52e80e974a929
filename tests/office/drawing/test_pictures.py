from __future__ import annotations

import random
import struct
import zipfile

import pytest

from polydesk.core.errors import OfficeError, UnreadableDocumentError, UnsupportedEditError
from polydesk.office.drawing.pictures import Picture, read_picture
from tests.corpus_files import corpus_files, corpus_id

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II5x4x", 300, 150)
TIFF_ENTRIES = [(256, 3, 640), (257, 4, 480), (282, 5, 100), (283, 5, 100), (296, 3, 2)]
TIFF = (
    b"II*\0"
    + struct.pack("<IH", 8, 5)
    + b"".join(struct.pack("<HHII", *(tag, kind, 1, value)) for tag, kind, value in TIFF_ENTRIES)
)
JPEG = (
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\2" + struct.pack(">BHH", 2, 118, 118) + b"\0\0"
    + b"\xff\xc2\0\x0b\x08" + struct.pack(">HH", 200, 400) + b"\1\1\x11\0"
)  # fmt: skip
EMF = b"\1\0\0\0" + b"\0" * 20 + struct.pack("<4i", 0, 0, 2540, 5080) + b" EMF"


@pytest.mark.parametrize(
    ("data", "kind", "pixels", "inches"),
    [
        (PNG, "png", (300, 150), (3.125, 1.5625)),
        (PNG + b"\0\0\0\x09pHYs" + struct.pack(">IIB", 11811, 11811, 1), "png", (300, 150), (1, 0.5)),
        (JPEG, "jpeg", (400, 200), (1.335, 0.667)),
        (b"GIF89a" + struct.pack("<HH", 96, 48), "gif", (96, 48), (1, 0.5)),
        (b"BM" + b"\0" * 12 + struct.pack("<Iii12xii", 40, 200, -100, 3937, 3937), "bmp", (200, 100), (2, 1)),
        (TIFF.ljust(100, b"\0") + struct.pack("<II", 320, 1), "tiff", (640, 480), (2, 1.5)),
        (EMF, "emf", (96, 192), (1, 2)),
        (b"\xd7\xcd\xc6\x9a\0\0" + struct.pack("<hhhhH", 0, 0, 1440, 720, 1440), "wmf", (96, 48), (1, 0.5)),
        (b"RIFF0000WEBPVP8X" + b"\0" * 8 + b"\x5f\0\0\x2f\0\0", "webp", (96, 48), (1, 0.5)),
        (b'<svg xmlns="http://www.w3.org/2000/svg" width="2in" viewBox="0 0 10 5"/>', "svg", (192, 96), (2, 1)),
        (b'<?xml version="1.0"?><svg width="100%" height="100%"/>', "svg", (300, 150), (3.125, 1.5625)),
    ],
)
def test_the_header_says_kind_size_and_density(
    data: bytes, kind: str, pixels: tuple[int, int], inches: tuple[float, float]
) -> None:
    picture = read_picture(data)
    assert (picture.kind, picture.width_px, picture.height_px) == (kind, *pixels)
    assert (picture.width_emu / 914400, picture.height_emu / 914400) == pytest.approx(inches, abs=0.001)


def pictures() -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for path in corpus_files(".pptx", ".xlsx"):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                found += [
                    (corpus_id(path), archive.read(name))
                    for name in archive.namelist()
                    if "/media/image" in name and not archive.getinfo(name).flag_bits & 1
                ]
    return found


def test_pictures_of_the_corpus_are_recognised_or_refused_even_damaged() -> None:
    chance = random.Random(11)
    for name, data in pictures():
        known = read_picture(data, path=name)
        assert isinstance(known, Picture)
        for _ in range(3):
            damaged = bytearray(data[: 400 + chance.randrange(2000)])
            for _ in range(5):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            try:
                read_picture(bytes(damaged))
            except OfficeError:
                continue


def test_other_data_is_refused() -> None:
    with pytest.raises(UnsupportedEditError, match=r"notes\.txt is none of PNG"):
        read_picture(b"no picture", path="notes.txt")
    with pytest.raises(UnreadableDocumentError, match="0 by 150 pixels"):
        read_picture(PNG.replace(struct.pack(">I", 300), bytes(4)))
