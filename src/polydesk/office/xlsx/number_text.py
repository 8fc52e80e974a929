"""Values as Excel shows them: a number format applied to a value.

No library on PyPI that is kept serves: two ports of SheetJS's formatter bring 45 MB or lose thousands separators, a
third rounds times up (looked at on 2026-11-24). Names of months and days are English; what fills a column's width is
left out.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import takewhile

from polydesk.office.xlsx.date_text import date_text
from polydesk.office.xlsx.number_codes import Section, Token, sections

_WIDE = Context(prec=800)
"""For any double, written out."""

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}


def shown(value: float | str | bool | None, code: str, *, date1904: bool = False) -> str:
    """The text that a cell shows. Errors are given as their text; None is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return _text(value, sections(code))
    if not math.isfinite(value):
        return "#NUM!"
    section, absolute = _chosen(value, sections(code))
    if section is None:
        return "########"
    return _shown_number(abs(value) if absolute else value, section, date1904=date1904)


def _text(value: str, parts: Sequence[Section]) -> str:
    section = parts[3] if len(parts) == 4 else parts[-1] if parts[-1].kind == "text" else None
    if section is None:
        return value
    return "".join(value if token.kind == "text" else _literal(token) for token in section.tokens)


def _chosen(value: float, parts: Sequence[Section]) -> tuple[Section | None, bool]:
    """The section for a number, and whether it shows the number without its sign."""
    numeric = [part for part in parts[:3] if part.kind != "text" or len(parts) < 4] or list(parts[:1])
    if any(part.condition for part in numeric[:2]):
        return _by_condition(value, numeric)
    if len(numeric) == 1:
        return numeric[0], False
    if value < 0:
        return numeric[1], True
    if value == 0 and len(numeric) > 2:
        return numeric[2], False
    return numeric[0], False


def _by_condition(value: float, parts: Sequence[Section]) -> tuple[Section | None, bool]:
    for index, part in enumerate(parts):
        if part.condition is not None:
            relation, bound = part.condition
            if _OPERATORS[relation](value, bound):
                return part, relation in ("<", "<=") and bound <= 0
        elif index == 1 and len(parts) > 2:
            if value < 0:
                return part, True
        elif index:
            return part, value < 0 and index == 1 and parts[0].condition == (">", 0.0)
    return None, False


def _shown_number(value: float, section: Section, *, date1904: bool) -> str:
    match section.kind:
        case "date":
            return date_text(value, section.tokens, date1904=date1904)
        case "general":
            return "".join(general(value) if token.kind == "general" else _literal(token) for token in section.tokens)
        case "text":
            return "".join(general(value) if token.kind == "text" else _literal(token) for token in section.tokens)
        case "scientific":
            return _scientific(value, section.tokens)
        case "fraction":
            return _fraction(value, section.tokens)
        case _:
            return _number(value, section.tokens)


def general(value: float) -> str:
    """A number in the format General, in the eleven characters that Excel gives it."""
    if value == int(value) and abs(value) < 1e11:
        return str(int(value))
    power = math.floor(math.log10(abs(value)))
    if -4 <= power <= -1:
        text = f"{value:.{10 + power}g}"
    elif abs(power) <= 9:
        text = _shortest(value)
    else:
        text = f"{value:.5E}"
    return _plain(text)


def _shortest(value: float) -> str:
    width = 12 if value < 0 else 11
    for text in (f"{value:.12f}".rstrip("0").rstrip("."), f"{value:.10g}"):
        if len(text) <= width and "e" not in text:
            return text
    return f"{value:.9g}" if 1e-4 <= abs(value) < 1e11 else f"{value:.5E}"


def _plain(text: str) -> str:
    """Without zeros that say nothing, the exponent in two digits."""
    mantissa, mark, exponent = text.upper().partition("E")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + (f"E{int(exponent):+03d}" if mark else "")


def _literal(token: Token) -> str:
    return token.text if token.kind in ("literal", "comma", "point", "percent", "slash", "halves") else ""


def _decimal(value: float) -> Decimal:
    """The number to 15 significant digits, which is what Excel rounds from."""
    return Decimal(f"{value:.15g}")


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=_WIDE)


def _number(value: float, tokens: Sequence[Token]) -> str:
    """A decimal number, its digits laid into the placeholders."""
    before, after = _around_point(tokens)
    thousands, scale = _commas(before, after)
    percents = sum(token.kind == "percent" for token in tokens)
    places = sum(token.kind == "digit" for token in after)
    number = _rounded(_decimal(value).scaleb(2 * percents - 3 * scale), places)
    negative, number = number < 0, number.copy_abs()
    whole, _, fraction = f"{number:f}".partition(".")
    if not any(token.kind == "digit" for token in tokens):
        whole = ""
        negative = negative or value < 0
    text = _laid_whole(whole, before, thousands=thousands)
    if after:
        text += _laid_fraction(fraction, after)
    return ("-" if negative else "") + text


def _around_point(tokens: Sequence[Token]) -> tuple[list[Token], list[Token]]:
    """What stands before the decimal point, and the point with what follows it."""
    at = next((index for index, token in enumerate(tokens) if token.kind == "point"), len(tokens))
    return list(tokens[:at]), list(tokens[at:])


def _commas(before: Sequence[Token], after: Sequence[Token]) -> tuple[bool, int]:
    """Whether digits are grouped by thousands, and by how many thousands they are divided."""
    digits = [index for index, token in enumerate(before) if token.kind == "digit"]
    inside = list(before[digits[0] : digits[-1]]) if digits else list[Token]()
    tail = [*before, *after]
    last = max((index for index, token in enumerate(tail) if token.kind == "digit"), default=len(tail))
    scale = sum(1 for _ in takewhile(lambda token: token.kind == "comma", tail[last + 1 :]))
    if digits:
        scale += (
            sum(1 for _ in takewhile(lambda token: token.kind == "comma", before[digits[-1] + 1 :])) if after else 0
        )
    return any(token.kind == "comma" for token in inside), scale


def _laid_whole(whole: str, tokens: Sequence[Token], *, thousands: bool) -> str:
    """The digits before the point, laid from the right; the first placeholder takes what is left."""
    digits = list("" if whole == "0" else whole)
    first = next((index for index, token in enumerate(tokens) if token.kind == "digit"), -1)
    laid: list[str] = []
    count = 0

    def lay(digit: str) -> None:
        nonlocal count
        if thousands and count and count % 3 == 0 and digit.strip():
            laid.append(",")
        laid.append(digit)
        count += 1

    for index in range(len(tokens) - 1, -1, -1):
        token = tokens[index]
        if token.kind != "digit":
            laid.append("" if token.kind == "comma" else _literal(token)[::-1])
            continue
        if digits:
            lay(digits.pop())
        elif token.text != "#":
            lay("0" if token.text == "0" else " ")
        while index == first and digits:
            lay(digits.pop())
    return "".join(laid)[::-1]


def _laid_fraction(fraction: str, tokens: Sequence[Token]) -> str:
    """The point and the digits behind it; zeros at the end give way to `#` and `?`."""
    places = [index for index, token in enumerate(tokens) if token.kind == "digit"]
    digits = dict(zip(places, fraction, strict=False))
    for index in reversed(places):
        if digits.get(index, "0") != "0" or tokens[index].text == "0":
            break
        digits[index] = "" if tokens[index].text == "#" else " "
    return "".join(
        digits.get(index, "") if token.kind == "digit" else "" if token.kind == "comma" else _literal(token)
        for index, token in enumerate(tokens)
    )


def _scientific(value: float, tokens: Sequence[Token]) -> str:
    at = next(index for index, token in enumerate(tokens) if token.kind == "exponent")
    mantissa, mark = tokens[:at], tokens[at]
    before, after = _around_point(mantissa)
    step = max(1, sum(token.kind == "digit" for token in before))
    places = sum(token.kind == "digit" for token in after)
    number = _decimal(value).copy_abs()
    power = 0 if not number else math.floor(number.adjusted() / step) * step
    scaled = _rounded(number.scaleb(-power), places)
    if scaled >= Decimal(10) ** step:
        power += step
        scaled = _rounded(number.scaleb(-power), places)
    whole, _, fraction = f"{scaled:f}".partition(".")
    text = _laid_whole(whole, before, thousands=False) + (_laid_fraction(fraction, after) if after else "")
    width = sum(token.kind == "digit" for token in tokens[at + 1 :])
    sign = "-" if power < 0 else "+" if mark.text.endswith("+") else ""
    rest = "".join(_literal(token) for token in tokens[at + 1 :] if token.kind != "digit")
    return f"{'-' if value < 0 else ''}{text}E{sign}{abs(power):0{width}d}{rest}"


def _fraction(value: float, tokens: Sequence[Token]) -> str:
    slash = next(index for index, token in enumerate(tokens) if token.kind == "slash")
    start = slash
    while start and tokens[start - 1].kind == "digit":
        start -= 1
    end = slash + 1
    while end < len(tokens) and (tokens[end].kind == "digit" or tokens[end].text.isdigit()):
        end += 1
    fixed = "".join(token.text for token in tokens[slash + 1 : end])
    number = abs(value)
    has_whole = any(token.kind == "digit" for token in tokens[:start])
    whole = math.floor(number) if has_whole else 0
    limit = 10 ** len(fixed) - 1
    if fixed.strip("0#?") or (fixed[:1].isdigit() and fixed[:1] != "0"):
        bottom = int("".join(letter if letter.isdigit() else "0" for letter in fixed))
        top = math.floor((number - whole) * bottom + 0.5)
    else:
        top, bottom = _convergent(number - whole, limit)
    if has_whole and top == bottom:
        whole, top = whole + 1, 0
    head = _laid_whole(str(whole), tokens[:start], thousands=False) if has_whole else ""
    head = head or "".join(_literal(token) for token in tokens[:start])
    if has_whole and not top:
        body = " " * (slash - start + 1 + len(fixed))
    else:
        body = f"{top:>{_padded(tokens[start:slash])}}/{bottom:<{_padded(tokens[slash + 1 : end])}}"
    tail = "".join(_literal(token) for token in tokens[end:])
    return ("-" if value < 0 and (whole or top) else "") + head + body + tail


def _padded(tokens: Sequence[Token]) -> int:
    return sum(token.text in ("?", "0") for token in tokens) or 1


def _convergent(number: float, limit: int) -> tuple[int, int]:
    """The last convergent of the number's continued fraction whose denominator is within the limit."""
    before, now = (1, 0), (math.floor(number), 1)
    rest = number - math.floor(number)
    while rest > 1e-10 and now[1] < limit:
        inverse = 1 / rest
        part = math.floor(inverse + 1e-9)
        following = (part * now[0] + before[0], part * now[1] + before[1])
        if following[1] > limit:
            break
        before, now, rest = now, following, max(0.0, inverse - part)
    return now
