from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from polydesk.gateway.cache.semantic import AlikeQuestions

ABOUT = b"around"
PARTS = st.floats(-1, 1, allow_nan=False).filter(lambda number: number == 0 or abs(number) > 1e-3)
VECTORS = st.lists(st.tuples(PARTS, PARTS, PARTS, PARTS).filter(any), min_size=1, max_size=12)


def questions(similarity: float = 0.95, gone: frozenset[bytes] = frozenset()) -> AlikeQuestions:
    return AlikeQuestions(similarity=similarity, is_kept=lambda key: key not in gone)


def cosine(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / (math.hypot(*one) * math.hypot(*other))


def test_the_most_alike_is_found_whatever_the_lengths_of_vectors() -> None:
    known = questions()
    known.add(ABOUT, b"far", "leave", (1.0, 0.4))
    known.add(ABOUT, b"near", "leave", (20.0, 2.0))
    found = known.find(ABOUT, "leave", (3.0, 0.2))
    assert found is not None
    assert found.key == b"near"
    assert round(found.similarity, 3) == round(cosine((20, 2), (3, 0.2)), 3)


def test_less_alike_than_the_threshold_is_not_found() -> None:
    known = questions()
    known.add(ABOUT, b"k", "leave", (1.0, 0.0))
    assert known.find(ABOUT, "leave", (1.0, 0.4)) is None


def test_the_very_same_vector_under_another_system_prompt_is_not_found() -> None:
    known = questions(0.0)
    known.add(ABOUT, b"k", "leave", (1.0, 0.0))
    assert known.find(b"elsewhere", "leave", (1.0, 0.0)) is None


def test_questions_with_other_numbers_never_mean_the_same() -> None:
    known = questions()
    known.add(ABOUT, b"k", "the sales of 2025", (1.0, 0.0))
    assert known.find(ABOUT, "the sales of 2026", (1.0, 0.0)) is None
    assert known.find(ABOUT, "sales in 2025", (1.0, 0.0)) is not None


def test_a_question_whose_answer_is_gone_is_not_found_and_is_forgotten() -> None:
    gone = frozenset(str(number).encode() for number in range(63))
    known = questions(gone=gone)
    for key in gone:
        known.add(ABOUT, key, "leave", (1.0, 0.0))
    assert known.find(ABOUT, "leave", (1.0, 0.0)) is None
    known.add(ABOUT, b"there", "leave", (1.0, 0.0))
    assert len(known) == 1


def test_vectors_of_another_length_are_of_another_model() -> None:
    known = questions(0.0)
    known.add(ABOUT, b"k", "leave", (1.0, 0.0, 0.0))
    assert known.find(ABOUT, "leave", (1.0, 0.0)) is None


@given(VECTORS, st.tuples(PARTS, PARTS, PARTS, PARTS).filter(any))
def test_what_is_found_is_as_alike_as_it_says(
    known_vectors: list[tuple[float, ...]], sought: tuple[float, ...]
) -> None:
    known = questions(0.5)
    for number, vector in enumerate(known_vectors):
        known.add(ABOUT, bytes([number]), "leave", vector)
    found = known.find(ABOUT, "leave", sought)
    best = max(cosine(vector, sought) for vector in known_vectors)
    if found is None:
        assert best < 0.5 + 1e-6
    else:
        assert abs(found.similarity - best) < 1e-5
        assert abs(found.similarity - cosine(known_vectors[found.key[0]], sought)) < 1e-5
