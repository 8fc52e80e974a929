from __future__ import annotations

import pytest

from polydesk.office.drawing.colours import contrast, rgb
from polydesk.office.opc.package import Package
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.layout_choice import Layouts, Role
from polydesk.office.pptx.template import built_in_template
from polydesk.office.pptx.template_theme import COLOURS

ROLES: list[tuple[Role, str]] = [
    ("title", "Title Slide"),
    ("section", "Section Header"),
    ("content", "Title and Content"),
    ("columns", "Two Content"),
    ("comparison", "Comparison"),
    ("title_only", "Title Only"),
    ("picture", "Picture with Text"),
    ("quote", "Quote"),
    ("closing", "Closing"),
]


def deck() -> Deck:
    return Deck(Package.open(built_in_template()))


@pytest.mark.parametrize("colour", [name for name in COLOURS if name not in ("lt1", "lt2")])
@pytest.mark.parametrize("ground", ["lt1", "lt2"])
def test_text_and_accents_keep_their_contrast_on_light_grounds(colour: str, ground: str) -> None:
    one, other = rgb(COLOURS[colour]), rgb(COLOURS[ground])
    assert one is not None
    assert other is not None
    assert contrast(one, other) >= 4.5


@pytest.mark.parametrize(("role", "name"), ROLES)
def test_there_is_a_layout_for_every_kind_of_slide(role: Role, name: str) -> None:
    chosen = Layouts(deck()).choose(role)
    assert chosen is not None
    assert chosen.name == name


def test_every_part_is_reached_and_every_shape_has_an_id_of_its_own() -> None:
    package = Package.open(built_in_template())
    opened = Deck(package)
    parts = [*opened.masters(), *opened.layouts(), *(entry.part for entry in opened.slides)]
    assert len(parts) == 12
    for part in parts:
        ids = [shape.name for shape in opened.every_shape(part)]
        assert len(set(ids)) == len(ids)
        assert not any("." in name for name in ids), part


def test_the_template_is_the_same_at_every_call() -> None:
    built_in_template.cache_clear()
    first = built_in_template()
    built_in_template.cache_clear()
    assert built_in_template() == first
