"""Numbers, dates and texts as Excel shows them."""

from __future__ import annotations

import pytest

from polydesk.office.xlsx.builtin_formats import is_date_format
from polydesk.office.xlsx.number_text import shown

MONEY = '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)'

CASES = [
    (1234.567, "General", "1234.567"),
    (0.1 + 0.2, "General", "0.3"),
    (1 / 3, "General", "0.333333333"),
    (-1234.5, "General", "-1234.5"),
    (1e-5, "General", "0.00001"),
    (1.5e-10, "General", "1.5E-10"),
    (12345678901, "General", "12345678901"),
    (1e11, "General", "1E+11"),
    (1234567890123, "General", "1.23457E+12"),
    (True, "General", "TRUE"),
    ("abc", "General", "abc"),
    (None, "0.00", ""),
    (1234.567, "0", "1235"),
    (2.5, "0", "3"),
    (1.005, "0.00", "1.01"),
    (-0.4, "0", "0"),
    (1e15, "0", "1000000000000000"),
    (1e308, "0.00", "1" + 308 * "0" + ".00"),
    (1234.567, "#,##0", "1,235"),
    (1234.567, "#,##0.00", "1,234.57"),
    (-1234.567, "#,##0_);(#,##0)", "(1,235)"),
    (1234.5, "#,##0_);(#,##0)", "1,235 "),
    (5, "000", "005"),
    (1234567, "000-0000", "123-4567"),
    (0.5, "#.##", ".5"),
    (5, "#.##", "5."),
    (5, "0.??", "5.  "),
    (0, "#", ""),
    (5, MONEY, " 5.00 "),
    (0, MONEY, " -   "),
    (-5, MONEY, " (5.00)"),
    ("n/a", MONEY, " n/a "),
    (0.256, "0%", "26%"),
    (0.256, "0.00%", "25.60%"),
    (1500000, '0.0,,"M"', "1.5M"),
    (1500, '#,##0,"K"', "2K"),
    (12345, "0.00E+00", "1.23E+04"),
    (0.00012, "0.0E-0", "1.2E-4"),
    (12345, "##0.0E+0", "12.3E+3"),
    (9.999, "0.0E+0", "1.0E+1"),
    (0.5, "# ?/?", " 1/2"),
    (1.25, "# ?/?", "1 1/4"),
    (3.14159, "# ??/??", "3  1/7 "),
    (0.3, "?/8", "2/8"),
    (5, "# ?/?", "5    "),
    (1234.5, '"$"#,##0.00', "$1,234.50"),
    (1234.5, "[$\u20ac-407] #,##0.00", "\u20ac 1,234.50"),
    (1234.5, "#,##0.00 [$\u20ac-1]", "1,234.50 \u20ac"),
    (-5, "0.00;[Red]-0.00", "-5.00"),
    (0, '0.00;-0.00;"zero"', "zero"),
    ("abc", '0.00;-0.00;"zero";"<"@">"', "<abc>"),
    (1234.5, ";;;", ""),
    ("abc", ";;;", ""),
    (150, '[>100]"big";[<=100]"small"', "big"),
    (50, '[>100]"big";[<=100]"small"', "small"),
    (12, '0"\u00b0C"', "12\u00b0C"),
    (12, "\\x0", "x12"),
    (44197, "m/d/yyyy", "1/1/2021"),
    (44197, "yyyy-mm-dd", "2021-01-01"),
    (44197, "d-mmm-yy", "1-Jan-21"),
    (44197, "dddd, mmmm d, yyyy", "Friday, January 1, 2021"),
    (44197, "mmmmm", "J"),
    (44197, "[$-409]mmm\\-yy;@", "Jan-21"),
    (44197, "[$-F800]dddd, mmmm dd, yyyy", "Friday, January 01, 2021"),
    (44197.75, "h:mm AM/PM", "6:00 PM"),
    (44197.5, "m/d/yyyy h:mm", "1/1/2021 12:00"),
    (44197.75, "yyyy-mm-dd hh:mm:ss", "2021-01-01 18:00:00"),
    (0.52, "hh:mm", "12:28"),
    (0.5, "mm:ss", "00:00"),
    (0.000011574, "mm:ss.0", "00:01.0"),
    (1.5, "[h]:mm:ss", "36:00:00"),
    (0.5, "[mm]", "720"),
    (0, "yyyy-mm-dd", "1900-01-00"),
    (1, "yyyy-mm-dd", "1900-01-01"),
    (59, "yyyy-mm-dd", "1900-02-28"),
    (60, "yyyy-mm-dd", "1900-02-29"),
    (61, "yyyy-mm-dd", "1900-03-01"),
    (2958465, "yyyy-mm-dd", "9999-12-31"),
    (2958466, "yyyy-mm-dd", "########"),
    (-1, "yyyy-mm-dd", "########"),
]


@pytest.mark.parametrize(("value", "code", "text"), CASES)
def test_a_value_is_shown_as_its_format_says(value: float | str | bool | None, code: str, text: str) -> None:
    assert shown(value, code) == text


def test_days_count_from_1904_where_the_workbook_says_so() -> None:
    assert shown(0, "yyyy-mm-dd", date1904=True) == "1904-01-01"
    assert shown(44888, "yyyy-mm-dd", date1904=True) == "2026-11-24"


@pytest.mark.parametrize("code", ["yyyy", "m/d/yy", "[h]:mm", "hh:mm:ss AM/PM", "[$-409]d-mmm", '"on" d'])
def test_formats_of_dates_are_known(code: str) -> None:
    assert is_date_format(code)


@pytest.mark.parametrize("code", ["General", "0.00", '"day"0', "0.00E+00", "[Red]0", "#,##0\\d", "@", "_d0"])
def test_formats_of_numbers_are_no_dates(code: str) -> None:
    assert not is_date_format(code)


@pytest.mark.parametrize("code", ["", ";", '"', "[", "\\", "_", "*", "0/", "/0", "E+", "0E+", "?/", "[$", "[>x]0", "@@;;", "....", "0.0.0"])  # fmt: skip  # noqa: E501
@pytest.mark.parametrize("value", [0, -1.5, 1e300, 5e-324, "x", True])
def test_any_code_shows_something(code: str, value: float | str) -> None:
    assert isinstance(shown(value, code), str)
