from __future__ import annotations

import pytest

from polydesk.office.drawing.fonts import face


def test_a_font_with_the_same_widths_stands_for_one_that_is_missing() -> None:
    pytest.importorskip("fontTools")
    found = face("Calibri")
    if found.likeness == "estimate":
        pytest.skip("neither Calibri nor Carlito is on this machine: apt-get install fonts-crosextra-carlito")
    # The advances of Calibri's H and i, in 2048ths of its size.
    assert found.width("Hi", 2048) == pytest.approx(1276 + 470, abs=2)
    assert found.line == pytest.approx(1.2207, abs=0.001)


def test_an_unknown_family_is_an_estimate() -> None:
    assert face("No Such Family At All").likeness == "estimate"


def test_bold_is_wider_and_families_are_found_whatever_their_case() -> None:
    plain, bold = face("arial"), face("Arial", bold=True)
    assert bold.width("Hamburgefonts", 10) >= plain.width("Hamburgefonts", 10)


def test_ideographs_are_squares_where_the_font_has_none() -> None:
    found = face("Calibri")
    assert found.width("\u6f22", 10) == pytest.approx(10, abs=1)
    assert found.width("e\u0301", 10) == pytest.approx(found.width("e", 10), abs=0.5)
