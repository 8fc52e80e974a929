from __future__ import annotations

import pytest
from lxml import etree

from polydesk.office.drawing.colours import contrast, hexadecimal, palette, rgb
from polydesk.office.ooxml.names import A

THEME = etree.fromstring(
    f'<a:theme xmlns:a="{A[1:-1]}"><a:themeElements><a:clrScheme name="x"><a:dk1><a:sysClr val="windowText" '
    'lastClr="000000"/></a:dk1><a:lt1><a:srgbClr val="FFFFFF"/></a:lt1><a:accent1><a:srgbClr val="4F81BD"/></a:accent1>'
    "</a:clrScheme></a:themeElements></a:theme>"
)


def fill(inner: str) -> etree._Element:
    return etree.fromstring(f'<a:solidFill xmlns:a="{A[1:-1]}">{inner}</a:solidFill>')


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ('<a:srgbClr val="12AbCd"/>', "12ABCD"),
        ('<a:schemeClr val="bg1"/>', "FFFFFF"),
        ('<a:schemeClr val="tx1"><a:lumMod val="65000"/><a:lumOff val="35000"/></a:schemeClr>', "595959"),
        ('<a:schemeClr val="accent1"><a:lumMod val="75%"/></a:schemeClr>', "376092"),
        ('<a:schemeClr val="accent1"><a:lumMod val="60000"/><a:lumOff val="40000"/></a:schemeClr>', "95B3D7"),
        ('<a:schemeClr val="accent9"/>', None),
    ],
)
def test_colours_are_those_that_office_shows(inner: str, expected: str | None) -> None:
    found = palette(THEME, None).colour(fill(inner))
    assert (None if found is None else hexadecimal(found)) == expected


def test_a_master_may_call_dark_what_the_theme_calls_light() -> None:
    turned = etree.fromstring('<clrMap bg1="dk1" tx1="lt1"/>')
    assert palette(THEME, turned).named("tx1") == (1, 1, 1)


@pytest.mark.parametrize(("first", "second", "ratio"), [("000000", "FFFFFF", 21), ("777777", "FFFFFF", 4.48)])
def test_contrast_is_that_of_wcag(first: str, second: str, ratio: float) -> None:
    one, other = rgb(first), rgb(second)
    assert one is not None
    assert other is not None
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01) == contrast(other, one)
