"""How edits of names, links, printing, validations, conditional formats, charts and comments are made."""

from __future__ import annotations

from polydesk.office.xlsx.make_charts import CHART_MAKERS
from polydesk.office.xlsx.make_comments import COMMENT_MAKERS
from polydesk.office.xlsx.make_links import LINK_MAKERS
from polydesk.office.xlsx.make_names import NAME_MAKERS
from polydesk.office.xlsx.make_rules import RULE_MAKERS
from polydesk.office.xlsx.make_validations import VALIDATION_MAKERS
from polydesk.office.xlsx.making import Makers

OBJECT_MAKERS: Makers = {
    **NAME_MAKERS,
    **LINK_MAKERS,
    **VALIDATION_MAKERS,
    **RULE_MAKERS,
    **CHART_MAKERS,
    **COMMENT_MAKERS,
}
