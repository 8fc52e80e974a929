"""A task from the instruction to a file that LibreOffice reads as it was meant."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from polydesk.catalog.load import load_catalog
from polydesk.catalog.weights.manifest import manifest_named, shipped_manifests
from polydesk.copilot.edit import edit_document
from polydesk.copilot.passages import passages, section_of
from polydesk.copilot.proposal import Proposal
from polydesk.inference.inference import Inference
from polydesk.office.docx.document import Document, open_document
from polydesk.office.docx.edits import ReplaceText
from polydesk.partners.prices import PublicPrices
from polydesk.providers.llamacpp.engine import EngineSize
from polydesk.providers.llamacpp.provider import LlamaCpp
from polydesk.providers.scripted import Scripted
from polydesk.providers.weights.cache import find_weights
from polydesk.routing.needs import Choice
from polydesk.store.store import Store
from tests.copilot.desk import SMALL, anchor_of, desk, edits_reply, rewriter, word_edits
from tests.libreoffice import LibreOffice

REPORT = Path(__file__).parents[2] / "examples" / "board-report.docx"
GOOD_MODEL = ("qwen2.5-coder-1.5b-instruct", "qwen2.5-coder-1.5b")
WEAK_MODEL = ("smollm2-135m-instruct", "smollm2-135m")


def applied(source: Document, proposal: Proposal) -> bytes:
    """The document with all that was proposed, which was proposed so that it can be."""
    result = source.apply(word_edits(proposal), author="Model")
    assert all(item.change_ids or item.comment_ids for item in result.edits)
    return result.data


def body_words(paragraphs: list[str]) -> str:
    return " ".join(" ".join(paragraphs).split())


def assert_read_as_meant(libreoffice: LibreOffice, source: Document, proposal: Proposal, data: bytes) -> None:
    """Accepted, the new words stand there; rejected, the document reads as the original rejected does."""
    accepted, rejected = libreoffice.accept_all(data), libreoffice.reject_all(data)
    for one in proposal.edits:
        if isinstance(one.edit, ReplaceText):
            assert body_words([one.after or ""]) in body_words(accepted)
    assert rejected == libreoffice.reject_all(source.data)


async def test_small_models_words_reach_the_reader(tmp_path: Path, libreoffice: LibreOffice) -> None:
    source = open_document(REPORT)
    provider = rewriter(
        lambda text: text.replace("It is fair to say that, taken as a whole and with everything considered, t", "T"),
        {"quote": "", "answer": "The document does not say so."},
    )
    place = desk(tmp_path, {"inside": provider}, [SMALL])
    instruction = "Tighten the executive summary and answer the comments"
    proposal = await edit_document(source, instruction, place.inference)
    data = applied(source, proposal)
    assert len(proposal.edits) == 2
    assert_read_as_meant(libreoffice, source, proposal, data)
    reading = libreoffice.read(data)
    assert [comment.text for comment in reading.comments][-1] == "The document does not say so."
    assert {redline.author for redline in reading.redlines} == {"Finance team", "Model"}


async def test_strong_models_edits_reach_the_reader(tmp_path: Path, libreoffice: LibreOffice) -> None:
    source = open_document(REPORT)
    cash = anchor_of(source, "loan facility of")
    edits = [
        {"edit": "replace_text", "at": cash, "find": "remains undrawn", "text": "is undrawn"},
        {"edit": "insert_paragraph", "after": cash, "text": "No change is expected."},
        {"edit": "reply_comment", "comment": "comment#0", "text": "Yes: \u00a32.1 million of it."},
        {"edit": "accept_change", "change": "*"},
    ]
    place = desk(tmp_path, {"openai": Scripted([edits_reply(*edits)])})
    instruction = "Tighten the section 2.2.1 Cash, accept all changes, and answer the comments"
    proposal = await edit_document(source, instruction, place.inference)
    assert (len(proposal.edits), proposal.warnings) == (4, ())
    result = source.apply(word_edits(proposal), author="Model")
    accepted = body_words(libreoffice.accept_all(result.data))
    assert "is undrawn. No change is expected." in accepted
    assert {redline.author for redline in libreoffice.redlines(result.data)} == {"Model"}


@pytest.fixture
def real_inference(
    request: pytest.FixtureRequest, tmp_path: Path, models_cache: Path
) -> Iterator[tuple[Inference, str]]:
    """The embedded engine with the good model where its weights are in the cache, or else with the weak one."""
    name, manifest = GOOD_MODEL
    weights = find_weights(manifest_named(manifest, shipped_manifests()), models_cache)
    if weights is None:
        name, weights = WEAK_MODEL[0], request.getfixturevalue("small_weights")
    catalog = load_catalog()
    engine = LlamaCpp(lambda asked: weights if asked == name else None, EngineSize(context_tokens=2048, parallel=1))
    inference = Inference(
        store=Store.open(tmp_path / "records.db"),
        models=catalog.models,
        provider_cards=catalog.providers,
        providers={"embedded": engine},
        prices=PublicPrices(catalog.providers),
        weights=lambda: frozenset({f"embedded/{name}"}),
    )
    yield inference, name
    asyncio.run(engine.close())


async def test_real_model_edits_one_section_and_nothing_else(
    real_inference: tuple[Inference, str], libreoffice: LibreOffice
) -> None:
    """Whatever the model writes: what comes out lies in the section, holds its facts, and can be taken back."""
    inference, name = real_inference
    source = open_document(REPORT)
    proposal = await edit_document(source, "Tighten the section Cash", inference, choice=Choice(model=name))
    assert proposal.models == [f"embedded/{name}"]
    assert all(call.cost_usd == 0 and call.host for call in proposal.calls)
    section = {passage.anchor for passage in section_of(passages(source.view()), "Cash")}
    assert {one.edit.at for one in proposal.edits if isinstance(one.edit, ReplaceText)} <= section
    data = source.apply(word_edits(proposal), author="Model").data
    assert_read_as_meant(libreoffice, source, proposal, data)
