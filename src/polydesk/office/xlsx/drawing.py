"""A workbook's view as text that a model and a person read; every place with its address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from polydesk.office.xlsx.views import (
    CellView,
    ColumnView,
    CommentView,
    RangeView,
    RegionView,
    RowView,
    RuleView,
    SheetView,
    WorkbookView,
)

_SHORT = 120


def lines(view: WorkbookView | RangeView) -> list[str]:
    """The view line by line: first the map of a sheet, then its cells."""
    if isinstance(view, RangeView):
        return [view.at, *(_row(row) for row in view.rows)]
    drawn: list[str] = []
    for sheet in view.sheets:
        drawn += [*_sheet(sheet), ""]
    for name in view.names:
        if not name.hidden and not name.name.startswith("_xlnm."):
            where = f" (in {name.sheet})" if name.sheet else ""
            drawn.append(f"name {name.name}{where} = {_short(name.refers_to)}")
    drawn += [f"external link: {target}" for target in view.external_links]
    drawn += [f"connection: {name}" for name in view.connections]
    if view.macros:
        drawn.append("The workbook has macros.")
    if view.date1904:
        drawn.append("Dates count from 1904.")
    return drawn


def _sheet(sheet: SheetView) -> Iterator[str]:
    facts = [sheet.used.rpartition("!")[2] if sheet.used else "empty"]
    facts += [f"{sheet.cells:,} cells"] * bool(sheet.cells) + [f"{sheet.formulas:,} formulas"] * bool(sheet.formulas)
    facts += [word for word in (sheet.state, sheet.kind) if word not in ("visible", "worksheet")]
    facts += ["protected"] * sheet.protected + [f"frozen at {sheet.frozen}"] * bool(sheet.frozen)
    yield f"sheet {sheet.name}: {', '.join(facts)}"
    yield from _objects(sheet)
    yield from (f"  {note}" for note in sheet.notes)
    if not sheet.complete:
        for region in sheet.regions:
            yield from _region(region)
        if sheet.more_regions:
            yield f"  and {sheet.more_regions:,} more regions"
        yield "  first cells:" if sheet.rows else "  "
    else:
        headers = [
            f"{region.at.rpartition('!')[2]} header row {region.header}" for region in sheet.regions if region.header
        ]
        yield from (f"  region {header}" for header in headers)
    yield from (f"  {_row(row)}" for row in sheet.rows)


def _objects(sheet: SheetView) -> Iterator[str]:
    for table in sheet.tables:
        yield f"  table {table.name} at {table.at}: {_joined(table.columns)}" + (
            " (with totals)" if table.totals else ""
        )
    for chart in sheet.charts:
        yield f"  {chart.kind} chart at {chart.at}: {chart.title or 'no title'}; draws {_joined(chart.ranges)}"
    for pivot in sheet.pivots:
        yield f"  pivot table {pivot.name} at {pivot.at} of {pivot.source or 'an outside source'}"
    yield from _counted(sheet)
    for comment in sheet.comments:
        yield _comment(comment)
    yield from (_rule("validation", rule) for rule in sheet.validations)
    yield from (_rule("conditional format", rule) for rule in sheet.conditional_formats)
    yield from (f"  link {link}" for link in sheet.links)


def _counted(sheet: SheetView) -> Iterator[str]:
    counts = ((sheet.images, "pictures"), (sheet.shapes, "shapes"), (sheet.sparklines, "sparklines"))
    found = [f"{count} {words}" for count, words in counts if count]
    if found:
        yield f"  {', '.join(found)}"
    lists = (
        ("slicers", sheet.slicers),
        ("merged", sheet.merged),
        ("hidden rows", sheet.hidden_rows),
        ("hidden columns", sheet.hidden_columns),
    )
    yield from (f"  {words}: {_joined(items)}" for words, items in lists if items)
    if sheet.filter:
        yield f"  autofilter: {sheet.filter}"
    if sheet.print_area:
        yield f"  print area: {sheet.print_area}"


def _comment(comment: CommentView) -> str:
    replies = "".join(f" | {_short(reply)}" for reply in comment.replies)
    done = " (resolved)" if comment.done else ""
    return f"  {comment.kind} at {comment.at} by {comment.author}{done}: {_short(comment.text)}{replies}"


def _rule(words: str, rule: RuleView) -> str:
    return f"  {words} at {rule.at}: {rule.kind} {_joined(rule.formulas)}".rstrip()


def _region(region: RegionView) -> Iterator[str]:
    header = f", header row {region.header}" if region.header else ""
    yield f"  region {region.at.rpartition('!')[2]}{header}"
    yield from (f"    {_column(column)}" for column in region.columns)
    if region.more_columns:
        yield f"    and {region.more_columns} more columns"


def _column(column: ColumnView) -> str:
    name = f" {_short(column.name)}" if column.name else ""
    facts = [column.type + (f" {column.format}" if column.format else ""), f"{column.filled:,} filled"]
    facts += [f"{column.blank:,} blank"] * bool(column.blank)
    facts += [f"{column.unique:,}{'+' if column.unique >= 1000 else ''} different"] if column.filled else []
    if column.min is not None and column.max is not None:
        facts.append(f"{column.min.strip()} to {column.max.strip()}")
    facts += [f"{column.errors:,} errors"] * bool(column.errors)
    if column.formulas:
        facts.append(f"{column.formulas:,} formulas, first {_short(column.formula or '')}")
    values = _joined(value.strip() for value in column.values)
    return f"{column.column}{name}: {', '.join(facts)}" + (f": {values}" if values else "")


def _row(row: RowView) -> str:
    return " | ".join(_cell(cell) for cell in row.cells)


def _cell(cell: CellView) -> str:
    """`B2 12.50 =SUM(C2:D2)`; the value follows in brackets where the text does not tell it."""
    text = _short(cell.text.strip().replace("\n", "\\n"))
    value = f" [{cell.value}]" if cell.value is not None and cell.formula is None else ""
    formula = ""
    if cell.formula is not None:
        formula = f" {{{cell.formula}}}" if cell.array else f" {cell.formula}"
    return f"{cell.at} {text}{value}{formula}"


def _joined(items: Iterable[str]) -> str:
    return "; ".join(_short(item) for item in items)


def _short(text: str) -> str:
    text = text.replace("\n", " ")
    return text if len(text) <= _SHORT else text[:_SHORT] + "…"
