"""Any one vendor is taken away, and the office work goes on with the rest, in whatever dialect that is spoken to."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import pytest

from polydesk.app import App, build
from polydesk.copilot.edit import edit_document
from polydesk.copilot.passages import passages
from polydesk.copilot.summarize import summarize_document
from polydesk.core.errors import NoCandidateError, UsageError
from polydesk.core.messages import ModelResponse, TextPart
from polydesk.core.usage import Usage
from polydesk.office.docx.document import Document, open_document
from polydesk.office.docx.edits import ReplaceText
from polydesk.routing.needs import Choice, Needs
from tests.copilot.desk import anchor_of, edits_reply
from tests.sdk.makers import MAKERS, Maker
from tests.vendors.http_server import Received, Scene, VendorServer

REPORT = Path(__file__).parents[2] / "examples" / "board-report.docx"
INSTRUCTION = "Tighten the executive summary"
WORDY = "It is fair to say that, taken as a whole and with everything considered, the third quarter"
BRIEF = "The third quarter"
SENTENCE = "Revenue grew by £4.8 million on the year, from £38.4 million to £43.2 million."
MANY = 20
"""More requests than any task makes."""
How = Literal["switched off", "left out"]


def like_a_model(received: Received) -> ModelResponse:
    """What a good model answers: edits, a summary, or the sentence it was given in fewer words."""
    asked = "\n".join(texts(received.body))
    turns = next(received.body[name] for name in ("messages", "contents", "input") if name in received.body)
    sentence = re.search(r"^Text: (.*)$", "\n".join(texts(turns[-1])), re.MULTILINE)
    if "replace_text" in asked:
        at = anchor_of(open_document(REPORT), WORDY)
        said = edits_reply({"edit": "replace_text", "at": at, "find": WORDY, "text": BRIEF})
    elif sentence is not None:
        said = json.dumps({"text": sentence[1].replace(WORDY, BRIEF)})
    else:
        said = json.dumps({"sentences": [SENTENCE]}, ensure_ascii=False)
    usage = Usage(input_tokens=3_000, output_tokens=80)
    return ModelResponse(id="a", model="m", parts=(TextPart(text=said),), finish_reason="stop", usage=usage)


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in cast("dict[str, Any]", value).items():
            yield name
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from texts(inner)


@dataclass(frozen=True, kw_only=True)
class Office:
    """The application over every vendor but one."""

    app: App
    servers: Mapping[str, VendorServer]
    document: Document

    @property
    def asked(self) -> set[str]:
        """Vendors that were sent anything."""
        return {name for name, server in self.servers.items() if server.requests}


@asynccontextmanager
async def office(gone: Maker, how: How, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Office]:
    async with AsyncExitStack() as stack:
        servers = {maker.provider: await stack.enter_async_context(maker.serve()) for maker in MAKERS}
        for server in servers.values():
            server.will(*[Scene(response=like_a_model)] * MANY)
        file = folder / "polydesk.toml"
        file.write_text(configuration(gone, how, servers), encoding="utf-8")
        for maker in MAKERS:
            if maker is not gone or how == "switched off":
                monkeypatch.setenv(maker.variable, maker.key)
        app = await stack.enter_async_context(build(config_file=file))
        yield Office(app=app, servers=servers, document=open_document(REPORT))


def configuration(gone: Maker, how: How, servers: Mapping[str, VendorServer]) -> str:
    """Every vendor of a list, which a plan names; without the one that is gone, or with it switched off."""
    rows = {maker.provider: maker.toml(servers[maker.provider].url) for maker in MAKERS}
    listed = [maker.provider for maker in MAKERS]
    if how == "left out":
        del rows[gone.provider]
        listed.remove(gone.provider)
    else:
        head, name, rest = rows[gone.provider].partition("\n".join([f'name = "{gone.provider}"', ""]))
        rows[gone.provider] = f"{head}{name}enabled = false\n{rest}"
    models = [f"{maker.provider}/{maker.model}" for maker in MAKERS if maker.provider in listed]
    return "\n".join([*rows.values(), f'[plans.office]\norder = "listed"\nmodels = {json.dumps(models)}\n'])


each_vendor = pytest.mark.parametrize("gone", MAKERS, ids=lambda maker: maker.provider)
each_way = pytest.mark.parametrize("how", ["switched off", "left out"])


@each_vendor
@each_way
async def test_the_work_goes_on_with_the_rest(
    gone: Maker, how: How, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a plan that names them all, and by each of the others in turn."""
    rest = [maker for maker in MAKERS if maker is not gone]
    async with office(gone, how, tmp_path, monkeypatch) as here:
        await check_edit(here, here.app.choice("office"), rest[0])
        await check_summary(here, here.app.choice("office"), rest[0])
        for maker in rest:
            model = f"{maker.provider}/{maker.model}"
            await check_edit(here, here.app.choice(model), maker)
            await check_summary(here, here.app.choice(model), maker)
        assert here.asked == {maker.provider for maker in rest}
        receipts = list(here.app.store.calls())
    assert {receipt.provider for receipt in receipts} == here.asked
    assert gone.provider not in {attempt.provider for receipt in receipts for attempt in receipt.attempts}


@each_vendor
@each_way
async def test_nothing_is_asked_of_who_is_gone(
    gone: Maker, how: How, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when it is asked for by name: then the reason is said."""
    async with office(gone, how, tmp_path, monkeypatch) as here:
        with pytest.raises((NoCandidateError, UsageError), match=gone.provider):
            await edit_document(
                here.document, INSTRUCTION, here.app.inference, choice=here.app.choice(f"{gone.provider}/{gone.model}")
            )
        assert here.asked == set()


async def check_edit(here: Office, choice: Choice, by: Maker) -> None:
    proposal = await edit_document(here.document, INSTRUCTION, here.app.inference, choice=choice)
    assert (proposal.models, proposal.warnings) == ([f"{by.provider}/{by.model}"], ())
    (edit,) = proposal.edits
    assert isinstance(edit.edit, ReplaceText)
    assert (edit.after or "").startswith(BRIEF)
    data = here.document.apply([edit.edit], author="Model").data
    assert any(passage.text.startswith(BRIEF) for passage in passages(Document(data).view()))


async def check_summary(here: Office, choice: Choice, by: Maker) -> None:
    summary = await summarize_document(here.document, here.app.inference, choice=choice)
    assert (summary.text, summary.warnings) == (SENTENCE, ())
    assert {call.provider for call in summary.calls} == {by.provider}


NEEDS = Needs(input_tokens=100, output_tokens=100)
WEIGHTS = "deepseek-v4.1-flash"
BOTH = """
[[provider]]
name = "home"
base_url = "http://127.0.0.1:9/v1"
models = ["{weights}"]
title = "Our own machines"
owner = "Ourselves"
jurisdiction = "*"
data_classes = {at_home}

[[model]]
provider = "home"
name = "{weights}"
family = "{weights}"

[[provider]]
name = "deepseek"
{away}
"""
CAREFUL = '["public", "internal", "confidential"]'
SHIPPED = ""
"""What the catalog says of its maker's own API."""


@pytest.mark.parametrize(
    ("at_home", "away", "data_class", "permitted"),
    [
        (CAREFUL, SHIPPED, "confidential", {"home"}),
        (CAREFUL, SHIPPED, "public", {"home", "deepseek"}),
        (CAREFUL, 'data_classes = ["public"]', "internal", {"home"}),
        ('["public"]', f"data_classes = {CAREFUL}", "confidential", {"deepseek"}),
        (CAREFUL, f"data_classes = {CAREFUL}", "confidential", {"home", "deepseek"}),
        (CAREFUL, "enabled = false", "public", {"home"}),
    ],
)
async def test_the_same_weights_are_judged_by_where_they_run(
    at_home: str, away: str, data_class: Literal["public", "internal", "confidential"], permitted: set[str],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-nobodys")
    file = tmp_path / "polydesk.toml"
    file.write_text(BOTH.format(weights=WEIGHTS, at_home=at_home, away=away))
    async with build(config_file=file) as app:
        plan = app.inference.plan(NEEDS, Choice(model=WEIGHTS, data_class=data_class))
        cards = {card.name: card for card in app.world.catalog.providers}
    assert {step.card.provider for step in plan.steps} == permitted
    judged = {one.provider: one.rule for one in plan.rejections if one.rule != "excluded_by_user"}
    assert judged == {name: "data_class" for name in {"home", "deepseek"} - permitted if name in cards}
    assert cards["home"].jurisdiction == "*"
    assert "deepseek" not in cards or cards["deepseek"].jurisdiction == "CN"
