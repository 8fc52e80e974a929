"""A name that a program asks for is a plan, or a model, family or provider."""

from __future__ import annotations

import pytest

from polydesk.configuration.plans import BUILT_IN, Resolved, resolve
from polydesk.configuration.sections import PlanRow
from polydesk.core.errors import UsageError
from polydesk.routing.needs import Choice
from tests.routing.samples import model

MODELS = [model("north", "one"), model("south", "two", family="both"), model("inside", "small")]
PLANS = {
    **BUILT_IN,
    "mine": PlanRow(
        models=("south", "gone"),
        order="listed",
        fallbacks=1,
        hedge="auto",
        strict=True,
        data_class="confidential",
    ),
    "north/one": PlanRow(models=("two",)),
    "nobody": PlanRow(models=("gone",)),
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("polydesk/auto", Resolved(name="polydesk/auto", virtual=True, choice=Choice())),
        (
            "polydesk/cheap",
            Resolved(name="polydesk/cheap", virtual=True, choice=Choice(order="cheapest", quality_floor=0.7)),
        ),
        ("south/two", Resolved(name="south/two", virtual=False, choice=Choice(model="south/two"))),
        ("both", Resolved(name="both", virtual=False, choice=Choice(model="both"))),
        ("inside", Resolved(name="inside", virtual=False, choice=Choice(model="inside"))),
        ("north/one", Resolved(name="north/one", virtual=True, choice=Choice(models=("two",)))),
        (
            "mine",
            Resolved(
                name="mine",
                virtual=True,
                choice=Choice(models=("south",), order="listed", max_steps=2, data_class="confidential"),
                hedge="auto",
                strict=True,
            ),
        ),
    ],
)
def test_a_name_is_resolved(name: str, expected: Resolved) -> None:
    assert resolve(name, PLANS, MODELS) == expected


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'polydesk/auto'"):
        resolve("polydesk/atuo", PLANS, MODELS)
    with pytest.raises(UsageError, match="lists is switched off"):
        resolve("nobody", PLANS, MODELS)


def test_a_name_without_end_is_not_compared_with_others() -> None:
    with pytest.raises(UsageError, match="a name of 1,000,000 characters"):
        resolve("north/one" + "x" * 999_991, PLANS, MODELS)
