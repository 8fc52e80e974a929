"""Editing through the real OpenAI and Anthropic providers, against local servers that judge requests as they do."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from polydesk.copilot.edit import edit_document
from polydesk.copilot.proposal import Proposal
from polydesk.copilot.summarize import summarize_document
from polydesk.core.errors import PlanExhaustedError
from polydesk.core.messages import ModelResponse, TextPart
from polydesk.core.usage import Usage
from polydesk.providers.anthropic import Anthropic
from polydesk.providers.base import Provider
from polydesk.providers.http import HttpClient
from polydesk.providers.openai import OpenAI
from polydesk.routing.needs import Choice
from tests.copilot.desk import Desk, anchor_of, desk, document, edits_reply, heading, rewriter
from tests.vendors import anthropic_server, openai_server
from tests.vendors.answers import OPENAI_REFUSAL
from tests.vendors.http_server import Refuse, Scene, TruncatedJson, VendorServer

SOURCE = document(
    heading("Summary"), "All in all, revenue rose by 12%.", heading("Outlook"), "It will go on like this."
)
AT = anchor_of(SOURCE, "revenue")
GOOD = edits_reply({"edit": "replace_text", "at": AT, "text": "Revenue rose by 12%."})
BAD = edits_reply({"edit": "replace_text", "at": AT, "text": "Revenue rose by 21%."})
DOWN = Scene(fault=Refuse(status=503))


def scene(text: str) -> Scene:
    """A vendor's answer of that text."""
    usage = Usage(input_tokens=500, output_tokens=60)
    return Scene(
        response=ModelResponse(id="a", model="m", parts=(TextPart(text=text),), finish_reason="stop", usage=usage)
    )


@dataclass(frozen=True, kw_only=True)
class Vendors:
    desk: Desk
    openai: VendorServer
    anthropic: VendorServer


@asynccontextmanager
async def vendors(folder: Path, **more: Provider) -> AsyncGenerator[Vendors]:
    """Both vendors behind the real providers, and other providers beside them."""
    http = HttpClient()
    async with openai_server.openai_server() as first, anthropic_server.anthropic_server() as second:
        openai = OpenAI(http, base_url=f"{first.url}/v1", api_key=openai_server.KEY)
        anthropic = Anthropic(http, base_url=second.url, api_key=anthropic_server.KEY)
        place = desk(folder, {"openai": openai, "anthropic": anthropic, **more})
        yield Vendors(desk=place, openai=first, anthropic=second)
        await http.close()


async def edited(world: Vendors, model: str | None = None) -> Proposal:
    return await edit_document(SOURCE, "Tighten the summary", world.desk.inference, choice=Choice(model=model))


@pytest.mark.parametrize("name", ["openai", "anthropic"])
async def test_request_is_accepted_and_the_edits_come(tmp_path: Path, name: str) -> None:
    async with vendors(tmp_path) as world:
        server = world.openai if name == "openai" else world.anthropic
        server.will(scene(GOOD))
        proposal = await edited(world, name)
        (received,) = server.requests
        (charge,) = world.desk.store.charges()
    assert [one.after for one in proposal.edits] == ["Revenue rose by 12%."]
    assert proposal.warnings == ()
    assert (proposal.calls[0].provider, proposal.calls[0].usage.output_tokens) == (name, 60)
    assert charge.receipt_id == proposal.edits[0].receipt_id
    assert charge.billed_cost is not None
    assert "replace_text" in str(received.body.get("response_format") or received.body["output_config"])


@pytest.mark.parametrize("name", ["openai", "anthropic"])
async def test_bad_edit_is_mended_in_the_same_conversation(tmp_path: Path, name: str) -> None:
    async with vendors(tmp_path) as world:
        server = world.openai if name == "openai" else world.anthropic
        server.will(scene(BAD), scene(GOOD))
        proposal = await edited(world, name)
        roles = [message["role"] for message in server.requests[1].body["messages"]]
    assert [one.after for one in proposal.edits] == ["Revenue rose by 12%."]
    assert roles[-3:] == ["user", "assistant", "user"]
    assert len({call.id for call in proposal.calls}) == 2


@pytest.mark.parametrize("fault", [Refuse(status=503), Refuse(status=429, retry_after="600"), TruncatedJson()])
async def test_other_vendor_answers_when_the_first_fails(tmp_path: Path, fault: Refuse | TruncatedJson) -> None:
    async with vendors(tmp_path) as world:
        world.openai.will(*[Scene(fault=fault)] * 5)
        world.anthropic.will(scene(GOOD))
        proposal = await edited(world)
        (receipt,) = world.desk.store.call_receipts()
    assert proposal.models == ["anthropic/claude-haiku-4-5"]
    assert [(attempt.provider, attempt.outcome) for attempt in receipt.attempts][-1] == ("anthropic", "answered")
    assert receipt.attempts[0].provider == "openai"
    assert receipt == proposal.calls[0]


async def test_small_model_works_in_its_own_way_when_both_fail(tmp_path: Path) -> None:
    small = rewriter(lambda text: text.replace("All in all, r", "R"))
    async with vendors(tmp_path, inside=small) as world:
        world.openai.will(*[DOWN] * 5)
        world.anthropic.will(*[DOWN] * 5)
        proposal = await edited(world)
        receipts = world.desk.store.call_receipts()
    assert [one.after for one in proposal.edits] == ["Revenue rose by 12%."]
    assert proposal.models == ["inside/small"]
    assert "503" in proposal.warnings[0] or "No model answered" in proposal.warnings[0]
    assert [receipt.provider for receipt in receipts] == ["inside", None]


async def test_everybodys_failure_is_raised_with_every_reason(tmp_path: Path) -> None:
    async with vendors(tmp_path) as world:
        world.openai.will(*[DOWN] * 5)
        world.anthropic.will(*[DOWN] * 5)
        with pytest.raises(PlanExhaustedError, match=r"(?s)openai.*anthropic"):
            await edited(world)


async def test_refusal_is_told_and_not_asked_again(tmp_path: Path) -> None:
    async with vendors(tmp_path) as world:
        world.openai.will(Scene(response=OPENAI_REFUSAL))
        proposal = await edited(world, "openai")
        assert len(world.openai.requests) == 1
    assert proposal.edits == ()
    assert "refused" in proposal.warnings[0]


@pytest.mark.parametrize("name", ["openai", "anthropic"])
async def test_summary_is_accepted_by_both(tmp_path: Path, name: str) -> None:
    async with vendors(tmp_path) as world:
        server = world.openai if name == "openai" else world.anthropic
        server.will(scene('{"sentences": ["Revenue rose by 12%."]}'))
        summary = await summarize_document(SOURCE, world.desk.inference, choice=Choice(model=name))
        assert "maxItems" not in str(server.requests[0].body)
    assert summary.text == "Revenue rose by 12%."
