"""Formulas as files have them: functions newer than Excel 2007 with their prefixes, `#` and `@` as functions or none.

Sources: [MS-XLSX] 2.2.2 (future functions, `_xlfn.`, `_xlws.`, `_xlpm.`) and support.microsoft.com, "Issue: An _xlfn.
prefix is displayed in front of a formula" (checked 2026-11-24).
"""

from __future__ import annotations

from polydesk.office.formulas.tokens import Token, join, tokenize

_FUTURE = frozenset(
    [
        "ACOT", "ACOTH", "AGGREGATE", "ANCHORARRAY", "ARABIC", "ARRAYTOTEXT", "BASE", "BETA.DIST", "BETA.INV",
        "BINOM.DIST", "BINOM.DIST.RANGE", "BINOM.INV", "BITAND", "BITLSHIFT", "BITOR", "BITRSHIFT", "BITXOR",
        "BYCOL", "BYROW", "CEILING.MATH", "CEILING.PRECISE", "CHISQ.DIST", "CHISQ.DIST.RT", "CHISQ.INV",
        "CHISQ.INV.RT", "CHISQ.TEST", "CHOOSECOLS", "CHOOSEROWS", "COMBINA", "CONCAT", "CONFIDENCE.NORM",
        "CONFIDENCE.T", "COT", "COTH", "COVARIANCE.P", "COVARIANCE.S", "CSC", "CSCH", "DAYS", "DECIMAL",
        "DETECTLANGUAGE", "DROP", "ENCODEURL", "ERF.PRECISE", "ERFC.PRECISE", "EXPAND", "EXPON.DIST", "F.DIST",
        "F.DIST.RT", "F.INV", "F.INV.RT", "F.TEST", "FILTERXML", "FLOOR.MATH", "FLOOR.PRECISE", "FORECAST.ETS",
        "FORECAST.ETS.CONFINT", "FORECAST.ETS.SEASONALITY", "FORECAST.ETS.STAT", "FORECAST.LINEAR", "FORMULATEXT",
        "GAMMA", "GAMMA.DIST", "GAMMA.INV", "GAMMALN.PRECISE", "GAUSS", "GROUPBY", "HSTACK", "HYPGEOM.DIST", "IFNA",
        "IFS", "IMAGE", "IMCOSH", "IMCOT", "IMCSC", "IMCSCH", "IMSEC", "IMSECH", "IMSINH", "IMTAN", "ISFORMULA",
        "ISOMITTED", "ISOWEEKNUM", "LAMBDA", "LET", "LOGNORM.DIST", "LOGNORM.INV", "MAKEARRAY", "MAP", "MAXIFS",
        "MINIFS", "MODE.MULT", "MODE.SNGL", "MUNIT", "NEGBINOM.DIST", "NORM.DIST", "NORM.INV", "NORM.S.DIST",
        "NORM.S.INV", "NUMBERVALUE", "PDURATION", "PERCENTILE.EXC", "PERCENTILE.INC", "PERCENTOF",
        "PERCENTRANK.EXC", "PERCENTRANK.INC", "PERMUTATIONA", "PHI", "PIVOTBY", "POISSON.DIST", "QUARTILE.EXC",
        "QUARTILE.INC", "RANDARRAY", "RANK.AVG", "RANK.EQ", "REDUCE", "REGEXEXTRACT", "REGEXREPLACE", "REGEXTEST",
        "RRI", "SCAN", "SEC", "SECH", "SEQUENCE", "SHEET", "SHEETS", "SINGLE", "SKEW.P", "SORTBY", "STDEV.P",
        "STDEV.S", "SWITCH", "T.DIST", "T.DIST.2T", "T.DIST.RT", "T.INV", "T.INV.2T", "T.TEST", "TAKE", "TEXTAFTER",
        "TEXTBEFORE", "TEXTJOIN", "TEXTSPLIT", "TOCOL", "TOROW", "TRANSLATE", "TRIMRANGE", "UNICHAR", "UNICODE",
        "UNIQUE", "VALUETOTEXT", "VAR.P", "VAR.S", "VSTACK", "WEBSERVICE", "WEIBULL.DIST", "WRAPCOLS", "WRAPROWS",
        "XLOOKUP", "XMATCH", "XOR", "Z.TEST",
    ]
)  # fmt: skip
_WORKSHEET = frozenset(("FILTER", "SORT"))
_SPILLING = frozenset(
    [
        "ANCHORARRAY", "BYCOL", "BYROW", "CHOOSECOLS", "CHOOSEROWS", "DROP", "EXPAND", "FILTER", "GROUPBY",
        "HSTACK", "MAKEARRAY", "MAP", "PIVOTBY", "RANDARRAY", "REGEXEXTRACT", "SCAN", "SEQUENCE", "SORT", "SORTBY",
        "TAKE", "TEXTSPLIT", "TOCOL", "TOROW", "TRIMRANGE", "UNIQUE", "VSTACK", "WRAPCOLS", "WRAPROWS",
    ]
)  # fmt: skip
_NAMING = ("LET", "LAMBDA")
_PREFIXES = ("_xlfn.", "_xlws.", "_xlpm.", "_xludf.")


def filed(formula: str) -> str:
    """The formula with the prefixes that files need; those that it has already stay."""
    tokens = _intersected(_anchored(tokenize(formula)), in_array=spills(formula))
    names = _parameters(tokens)
    return join(token._replace(text=_prefixed(token, names)) for token in tokens)


def spills(formula: str) -> bool:
    """Whether a formula gives an array that fills its neighbours (in Excel 2021 and later)."""
    return any(token.kind == "function" and _bare(token.text) in _SPILLING for token in tokenize(formula))


def _bare(name: str) -> str:
    """A function's name without its prefixes."""
    name = name.lower()
    while name.startswith(_PREFIXES):
        name = name.partition(".")[2]
    return name.upper()


def _anchored(tokens: list[Token]) -> list[Token]:
    """`A1#` as `ANCHORARRAY(A1)`."""
    found: list[Token] = []
    for token in tokens:
        if token.kind == "operator" and token.text == "#" and found and found[-1].kind in ("reference", "name"):
            inner = found.pop()
            found += [Token("function", "ANCHORARRAY"), Token("open", "("), inner, Token("close", ")")]
        else:
            found.append(token)
    return found


def _intersected(tokens: list[Token], *, in_array: bool) -> list[Token]:
    """Without the `@` of implicit intersection, which files leave to the reader; `SINGLE` where the formula spills."""
    found: list[Token] = []
    taking = False
    for token in tokens:
        if token.kind == "operator" and token.text == "@":
            taking = True
            continue
        if taking and in_array and token.kind in ("reference", "name"):
            found += [Token("function", "SINGLE"), Token("open", "("), token, Token("close", ")")]
        else:
            found.append(token)
        taking = False
    return found


def _parameters(tokens: list[Token]) -> set[str]:
    """The names that `LET` and `LAMBDA` give to values: arguments that are a name alone, but for the last."""
    names: set[str] = set()
    calls: list[str] = []
    solid = [token for token in tokens if token.kind != "space"]
    for index, token in enumerate(solid):
        before = solid[index - 1] if index else None
        if token.kind == "open":
            calls.append(_bare(before.text) if before is not None and before.kind == "function" else "")
        elif token.kind == "close" and calls:
            calls.pop()
        elif token.kind == "name" and calls and calls[-1] in _NAMING and index + 1 < len(solid):
            first = before is not None and before.kind in ("open", "separator")
            if first and solid[index + 1].kind == "separator":
                names.add(token.text.casefold())
    return names


def _prefixed(token: Token, names: set[str]) -> str:
    text = token.text
    if text.lower().startswith(_PREFIXES):
        return text
    if token.kind == "function":
        upper = text.upper()
        if upper in _WORKSHEET:
            return f"_xlfn._xlws.{upper}"
        return f"_xlfn.{upper}" if upper in _FUTURE else text
    return f"_xlpm.{text}" if token.kind == "name" and text.casefold() in names else text
