"""Names that programs ask for: virtual models, and the real ones they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.configuration.decoding import nearest
from polydesk.configuration.sections import Hedge, PlanRow
from polydesk.core.errors import UsageError
from polydesk.routing.candidates import chosen
from polydesk.routing.needs import Choice

CHEAP_FLOOR = 0.7
"""Share of the best quality that the cheap plan keeps."""
LONGEST_NAME = 256
"""Looking for what a longer one was meant to be would take too long, and nothing is called so."""
AUTO = "polydesk/auto"
"""The plan for whoever names no model."""
BUILT_IN: Mapping[str, PlanRow] = {
    AUTO: PlanRow(),
    "polydesk/cheap": PlanRow(order="cheapest", quality_floor=CHEAP_FLOOR),
}
"""Virtual models that are there without a file."""


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """What a model's name means."""

    name: str
    """As it was asked for."""
    virtual: bool
    """Whether it is a plan rather than a model, family or provider."""
    choice: Choice
    hedge: Hedge | None = None
    """None leaves it to the configuration's survival."""
    strict: bool = False


def resolve(name: str, plans: Mapping[str, PlanRow], models: Sequence[ModelCard]) -> Resolved:
    """What `name` means: a plan first, else a model's id, name or family, or a provider.

    Raises UsageError for a name that means nothing, and for a plan of which no model is left.
    """
    if len(name) > LONGEST_NAME:
        raise UsageError(f"No model has a name of {len(name):,} characters. `polydesk models` lists them all.")
    plan = plans.get(name)
    if plan is not None:
        return _of_plan(name, plan, models)
    if any(chosen(card, name) for card in models):
        return Resolved(name=name, virtual=False, choice=Choice(model=name))
    like = nearest(name, [*plans, *(word for card in models for word in (card.id, card.name))])
    meant = f" Did you mean {like!r}?" if like is not None else ""
    raise UsageError(f"No model is called {name!r}.{meant} `polydesk models` lists them all.")


def _of_plan(name: str, plan: PlanRow, models: Sequence[ModelCard]) -> Resolved:
    left = tuple(one for one in plan.models if any(chosen(card, one) for card in models))
    if plan.models and not left:
        raise UsageError(f"Every model that {name!r} lists is switched off; list others in the configuration.")
    choice = Choice(
        models=left,
        order=plan.order,
        quality_floor=plan.quality_floor,
        max_steps=None if plan.fallbacks is None else plan.fallbacks + 1,
    )
    if plan.data_class is not None:
        choice = msgspec.structs.replace(choice, data_class=plan.data_class)
    return Resolved(name=name, virtual=True, choice=choice, hedge=plan.hedge, strict=plan.strict)
