"""How structural edits are made."""

from __future__ import annotations

from polydesk.office.xlsx.make_blocks import BLOCK_MAKERS
from polydesk.office.xlsx.make_fill import FILL_MAKERS
from polydesk.office.xlsx.make_filters import FILTER_MAKERS
from polydesk.office.xlsx.make_grid import GRID_MAKERS
from polydesk.office.xlsx.make_sheets import SHEET_MAKERS
from polydesk.office.xlsx.make_table_changes import TABLE_MAKERS
from polydesk.office.xlsx.make_table_lines import TABLE_LINE_MAKERS
from polydesk.office.xlsx.make_tables import CREATE_MAKERS
from polydesk.office.xlsx.making import Makers

STRUCTURE_MAKERS: Makers = {
    **GRID_MAKERS,
    **SHEET_MAKERS,
    **BLOCK_MAKERS,
    **FILL_MAKERS,
    **FILTER_MAKERS,
    **CREATE_MAKERS,
    **TABLE_MAKERS,
    **TABLE_LINE_MAKERS,
}
