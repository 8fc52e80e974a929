"""What a task does in its process never ends the measurement."""

from __future__ import annotations

import os
import threading

from bench.workers import outcomes


def work(task: str) -> str:
    """Named by importable path, for the processes are fresh ones."""
    match task:
        case "raise":
            raise ValueError("the reason")
        case "die":
            os._exit(7)
        case "hang":
            threading.Event().wait()
    return task.upper()


def test_every_task_has_its_outcome_though_one_raises_one_dies_and_one_hangs() -> None:
    tasks = ["a", "raise", "b", "die", "c", "hang", "d"]
    found = {outcome.task: outcome for outcome in outcomes(work, tasks, jobs=1, limit_s=5.0)}
    assert {task: found[task].value for task in tasks} == {
        **dict.fromkeys(("raise", "die", "hang")),
        **{task: task.upper() for task in ("a", "b", "c", "d")},
    }
    assert str(found["raise"].failure).endswith("ValueError: the reason")
    assert found["die"].failure == "the process ended with status 7"
    assert found["hang"].failure == "took longer than 5 s and was killed"
