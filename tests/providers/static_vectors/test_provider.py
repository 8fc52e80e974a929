"""Vectors and rerank by a static model: a tiny one to the number, the real one by what it finds alike."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from operator import mul
from pathlib import Path

import pytest
from msgspec import structs
from tokenizers import Tokenizer

from polydesk.catalog.load import load_catalog
from polydesk.catalog.own_models import manifest_for
from polydesk.catalog.weights.manifest import WeightsManifest, shipped_manifests
from polydesk.core.embeddings import EmbeddingRequest, RerankRequest
from polydesk.core.errors import (
    ModelNotFoundError,
    ProviderUnavailableError,
    RequestRejectedError,
    UntranslatableError,
)
from polydesk.core.usage import Usage
from polydesk.providers.static_vectors.provider import StaticVectors
from polydesk.providers.static_vectors.table import StaticModel
from tests.providers.static_vectors.samples import write_model

TINY = WeightsManifest(
    name="tiny",
    title="Tiny",
    file_name="tiny.vectors",
    format="static_vectors",
    size_bytes=1,
    sha256="0" * 64,
    context_tokens=256,
    kind="embedding",
    dimensions=4,
    shorter_dimensions=(2,),
)
GGUF = structs.replace(TINY, name="other", format="gguf")


def provider_of(path: Path | None) -> StaticVectors:
    return StaticVectors(lambda name: manifest_for(name, [TINY, GGUF, *shipped_manifests()]), lambda name: path)


@pytest.fixture
async def tiny(tmp_path: Path) -> AsyncIterator[StaticVectors]:
    provider = provider_of(write_model(tmp_path))
    yield provider
    await provider.close()


@pytest.fixture
async def real(static_weights: Path) -> AsyncIterator[StaticVectors]:
    provider = provider_of(static_weights)
    yield provider
    await provider.close()


def asked(*inputs: str, dimensions: int | None = None, strict: bool = False, model: str = "tiny") -> EmbeddingRequest:
    return EmbeddingRequest(model=model, inputs=inputs, dimensions=dimensions, strict=strict)


async def test_each_text_has_its_vector_of_length_one_and_its_tokens_are_counted(tiny: StaticVectors) -> None:
    answer = await tiny.embed(asked("ab", "c"))
    half = math.sqrt(0.8)
    assert [pytest.approx(vector) for vector in answer.vectors] == [(0.6, 0.8, 0.0, 0.0), (0.0, half, half / 2, 0.0)]
    assert (answer.model, answer.usage, answer.notes) == ("tiny", Usage(input_tokens=3, output_tokens=0), ())


async def test_a_vector_may_be_as_short_as_the_model_was_trained_for(tiny: StaticVectors) -> None:
    (short,) = (await tiny.embed(asked("c", dimensions=2, strict=True))).vectors
    assert short == (0.0, 1.0)
    answer = await tiny.embed(asked("c", dimensions=3))
    assert ([note.parameter for note in answer.notes], len(answer.vectors[0])) == (["dimensions"], 4)
    with pytest.raises(UntranslatableError):
        await tiny.embed(asked("c", dimensions=3, strict=True))


async def test_documents_are_ordered_by_their_cosine_which_is_never_below_zero(tiny: StaticVectors) -> None:
    request = RerankRequest(model="tiny-rerank", query="ab", documents=("abcd", "c", "", "ab"))
    answer = await tiny.rerank(request)
    assert [(one.index, one.score) for one in answer.results] == [
        (3, pytest.approx(1.0)),
        (1, pytest.approx(0.8 * math.sqrt(0.8))),
        (0, 0.0),
        (2, 0.0),
    ]
    assert answer.usage == Usage(input_tokens=6, output_tokens=0)
    assert len((await tiny.rerank(structs.replace(request, top_n=2))).results) == 2


async def test_an_empty_text_has_no_vector(tiny: StaticVectors) -> None:
    with pytest.raises(RequestRejectedError, match="empty"):
        await tiny.embed(asked("ab", ""))


def test_models_of_other_forms_are_not_its_own(tmp_path: Path) -> None:
    provider = provider_of(None)
    assert [provider.has(name) for name in ("tiny", "tiny-rerank", "other", "unknown")] == [True, True, False, False]


async def test_weights_that_are_missing_or_damaged_are_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="polydesk models pull tiny"):
        await provider_of(None).embed(asked("a"))
    damaged = provider_of(write_model(tmp_path, b"no table"))
    for use in (damaged.embed(asked("a")), damaged.load("tiny")):
        with pytest.raises(ProviderUnavailableError, match="cannot be read"):
            await use
    await damaged.close()


async def test_after_its_end_it_opens_anew(tiny: StaticVectors) -> None:
    before = await tiny.embed(asked("ab"))
    await tiny.close()
    assert await asyncio.gather(tiny.embed(asked("ab")), tiny.embed(asked("ab"))) == [before, before]


async def test_the_real_model_finds_alike_what_is_alike(real: StaticVectors) -> None:
    texts = ("The invoice is due on Friday.", "The bill must be paid this week.", "A cat sleeps on the warm roof.")
    answer = await real.embed(asked(*texts, model="wordllama-256"))
    invoice, bill, cat = answer.vectors
    assert [round(math.hypot(*vector), 6) for vector in answer.vectors] == [1.0] * 3
    assert sum(map(mul, invoice, bill)) > 2 * sum(map(mul, invoice, cat))
    (short,) = (await real.embed(asked(texts[0], dimensions=64, model="wordllama-256", strict=True))).vectors
    assert short == pytest.approx([number / math.hypot(*invoice[:64]) for number in invoice[:64]])


def test_the_real_models_tokens_are_those_of_the_makers_library(static_weights: Path) -> None:
    model, data = StaticModel(static_weights), static_weights.read_bytes()
    reference = Tokenizer.from_str(data[data.index(b'{\n  "version"') :].decode())
    for text in (Path(__file__).read_text(), "déjà vu, 日本語 🙂\t\n ▁x  y", "How do I reset my password?"):
        assert model.tokenizer.ids(text) == reference.encode(text, add_special_tokens=False).ids


async def test_the_real_model_puts_the_document_that_answers_first(real: StaticVectors) -> None:
    documents = ("Cats like warm roofs.", "Berlin is the capital of Germany.", "Invoices are paid within 30 days.")
    request = RerankRequest(model="wordllama-256-rerank", query="When must we pay a bill?", documents=documents)
    assert (await real.rerank(request)).results[0].index == 2


def test_the_cards_say_what_the_weights_are() -> None:
    manifest = next(one for one in shipped_manifests() if one.format == "static_vectors")
    cards = [card for card in load_catalog().models if manifest_for(card.name, [manifest])]
    assert [(card.kind, card.dimensions) for card in cards] == [("embedding", manifest.dimensions), ("rerank", None)]
