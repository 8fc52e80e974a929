"""Vectors by the real engine, from the small model told to make them."""

from __future__ import annotations

import asyncio
import math
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from polydesk.core.embeddings import EmbeddingRequest
from polydesk.core.errors import ContextLengthError, RequestRejectedError, UntranslatableError
from polydesk.providers.llamacpp.engine import EngineSize
from polydesk.providers.llamacpp.provider import LlamaCpp
from tests.providers.llamacpp.samples import MODEL

DIMENSIONS = 576
TEXTS = ("The invoice is due.", "Rain is likely.", "Yes.", "A much longer sentence, which says nothing at all.")


@pytest.fixture(scope="module")
def vectors(small_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaCpp]:
    path = tmp_path_factory.mktemp("weights") / "vectors.gguf"
    path.write_bytes(told_to_pool(small_weights.read_bytes()))
    provider = LlamaCpp(lambda name: path, EngineSize(context_tokens=256, parallel=2, threads=1))
    yield provider
    asyncio.run(provider.close())


def told_to_pool(data: bytes) -> bytes:
    """A GGUF file with one more entry, which says that vectors of tokens are averaged.

    A second entry fills up to 64 bytes, so that the tensors stay aligned.
    """

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    entries = text("llama.pooling_type") + struct.pack("<II", 4, 1)
    entries += text("x.pad") + struct.pack("<I", 8) + text("x" * 5)
    version, tensors, count = struct.unpack_from("<IQQ", data, 4)
    assert len(entries) == 64
    return data[:4] + struct.pack("<IQQ", version, tensors, count + 2) + entries + data[24:]


def asked(*inputs: str, dimensions: int | None = None, strict: bool = False) -> EmbeddingRequest:
    return EmbeddingRequest(model=MODEL, inputs=inputs, dimensions=dimensions, strict=strict)


async def test_each_text_has_its_vector_of_length_one(vectors: LlamaCpp) -> None:
    texts = ("The invoice is due.", "Rain is likely.", "The invoice is due.")
    answer = await vectors.embed(asked(*texts))
    assert [len(vector) for vector in answer.vectors] == [DIMENSIONS] * 3
    assert [round(math.hypot(*vector), 4) for vector in answer.vectors] == [1.0] * 3
    one, other, same = (round_(vector) for vector in answer.vectors)
    assert one == same != other
    assert (answer.model, answer.notes) == (MODEL, ())
    assert answer.usage.output_tokens == 0
    assert answer.usage.input_tokens is not None


async def test_texts_get_the_vectors_they_get_alone(vectors: LlamaCpp) -> None:
    alone = [round_((await vectors.embed(asked(text))).vectors[0]) for text in TEXTS]
    beside = (await vectors.embed(asked(*TEXTS))).vectors
    at_once = await asyncio.gather(*(vectors.embed(asked(text)) for text in TEXTS))
    assert [round_(vector) for vector in beside] == alone
    assert [round_(answer.vectors[0]) for answer in at_once] == alone


async def test_a_text_that_is_too_long_is_refused_with_its_length(vectors: LlamaCpp) -> None:
    assert (await vectors.embed(asked("a" * 300))).vectors  # more bytes than tokens
    with pytest.raises(ContextLengthError) as failed:
        await vectors.embed(asked("short", "word " * 300))
    assert failed.value.limit_tokens == 256
    assert (failed.value.sent_tokens or 0) > 256


async def test_another_length_is_noted_and_refused_where_nothing_may_be_lost(vectors: LlamaCpp) -> None:
    assert (await vectors.embed(asked("a", dimensions=DIMENSIONS))).notes == ()
    (note,) = (await vectors.embed(asked("a", dimensions=100))).notes
    assert (note.parameter, note.action) == ("dimensions", "dropped")
    with pytest.raises(UntranslatableError):
        await vectors.embed(asked("a", dimensions=100, strict=True))


async def test_a_model_of_text_makes_no_vectors(engine: LlamaCpp) -> None:
    with pytest.raises(RequestRejectedError, match="makes no vectors"):
        await engine.embed(asked("a"))


def round_(vector: tuple[float, ...]) -> list[float]:
    return [round(number, 4) for number in vector]
