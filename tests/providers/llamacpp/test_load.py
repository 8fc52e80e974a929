"""How busy a model is, by a watch that goes when it is told to."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.messages import ModelRequest, system_message, user_message
from polydesk.providers.llamacpp.load import Timings, Workload, prompt_of


class Watch:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def request(*texts: str) -> ModelRequest:
    return ModelRequest(model="m", messages=(system_message("Be brief."), *map(user_message, texts)))


def after(watch: Watch, *answers_s: float, slots: int = 2) -> Workload:
    """A workload that has answered, for so long each."""
    workload = Workload(slots, watch)
    for seconds in answers_s:
        with workload.answering(b""):
            watch.now_s += seconds
    return workload


def test_a_free_slot_means_no_wait() -> None:
    load = after(Watch(), 8.0).load(b"", running=1, waiting=0)
    assert (load.running, load.waiting, load.slots, load.wait_s, load.saved_s) == (1, 0, 2, 0.0, 0.0)


@pytest.mark.parametrize(("waiting", "wait_s"), [(0, 4.0), (1, 8.0), (5, 24.0)])
def test_the_wait_grows_with_who_waits(waiting: int, wait_s: float) -> None:
    assert after(Watch(), 8.0).load(b"", running=2, waiting=waiting).wait_s == wait_s


def test_newer_answers_tell_more() -> None:
    assert after(Watch(), 10.0, 20.0, slots=1).load(b"", running=1, waiting=0).wait_s == pytest.approx(13.0)


def test_before_any_answer_has_ended_what_took_so_long_will_take_as_long_again() -> None:
    watch = Watch()
    workload = Workload(1, watch)
    with workload.answering(b""):
        watch.now_s = 7.0
        assert workload.load(b"", running=1, waiting=0).wait_s == 7.0


def test_an_answer_that_was_given_up_tells_nothing_of_how_long_they_take() -> None:
    watch = Watch()
    workload = after(watch, 10.0, slots=1)

    def given_up() -> None:
        with workload.answering(b""):
            watch.now_s += 500.0
            raise KeyError

    with pytest.raises(KeyError):
        given_up()
    assert workload.load(b"", running=1, waiting=0).wait_s == 10.0


def test_the_beginning_that_a_slot_has_at_hand_saves_its_reading() -> None:
    workload = Workload(2, Watch())
    workload.learn(Timings(prompt_n=1_000, prompt_ms=10_000))
    first = request("long " * 200)
    with ExitStack() as answers:
        answers.enter_context(workload.answering(prompt_of(first)))
        longer = prompt_of(request("long " * 200, "And then?"))
        other = prompt_of(ModelRequest(model="m", messages=(user_message("long " * 200),)))
        assert workload.load(longer, running=1, waiting=0).saved_s == pytest.approx(2.7, abs=0.1)
        assert workload.load(other, running=1, waiting=0).saved_s < 0.1


def test_as_many_prompts_are_at_hand_as_there_are_slots() -> None:
    workload = Workload(2, Watch())
    workload.learn(Timings(prompt_n=1_000, prompt_ms=10_000))
    for text in "abc":
        with workload.answering(text.encode() * 400):
            pass
    saved = [workload.load(text.encode() * 400, running=0, waiting=0).saved_s for text in "abc"]
    assert saved == [0.0, 1.0, 1.0]


def test_a_short_prompt_tells_nothing_of_the_speed_of_reading() -> None:
    workload = Workload(1, Watch())
    workload.learn(Timings(prompt_n=5, prompt_ms=1))
    with workload.answering(b"a" * 400):
        pass
    assert workload.load(b"a" * 400, running=0, waiting=0).saved_s == 0.0


@given(st.binary(max_size=30), st.binary(max_size=8), st.binary(max_size=8))
def test_what_is_saved_is_the_common_beginning(both: bytes, one: bytes, other: bytes) -> None:
    workload = Workload(1, Watch())
    workload.learn(Timings(prompt_n=32, prompt_ms=8_000))  # four tokens a second: a byte takes a sixteenth of one
    with workload.answering(both + one):
        pass
    common = next(
        (at for at, (a, b) in enumerate(zip(both + one, both + other, strict=False)) if a != b),
        min(len(both + one), len(both + other)),
    )
    assert workload.load(both + other, running=0, waiting=0).saved_s == common / 16
