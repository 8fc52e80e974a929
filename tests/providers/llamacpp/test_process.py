"""What the engine does to the process it lives in: nothing on the terminal, no open door, and a clean end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import polydesk
from polydesk.providers.llamacpp.engine import Engine, EngineSize

_PATIENCE_S = 60
_SOURCE = Path(polydesk.__file__).parents[1]

SCRIPT = """
import asyncio, sys
from pathlib import Path
from polydesk.core.messages import ModelRequest, user_message
from polydesk.core.streams import TextDelta
from polydesk.providers.llamacpp.engine import EngineSize
from polydesk.providers.llamacpp.provider import LlamaCpp

engine = LlamaCpp(lambda name: Path(sys.argv[1]), EngineSize(parallel=1, threads=1))
request = ModelRequest(
    model="small",
    messages=(user_message("Tell a story."),),
    max_output_tokens={tokens},
    provider_options={{"ignore_eos": True}},
)
held = []

async def main():
    stream = engine.stream(request)
    held.append(stream)
    async for event in stream:
        if isinstance(event, TextDelta):
            {at_first_delta}
    print("done")

{run}
"""

ENDS = {
    "with a close": SCRIPT.format(
        tokens=5, at_first_delta="pass", run="asyncio.run(main()); asyncio.run(engine.close())"
    ),
    "without a close": SCRIPT.format(tokens=5, at_first_delta="pass", run="asyncio.run(main())"),
    "in the middle of an answer": SCRIPT.format(
        tokens=100000, at_first_delta='print("done"); return', run="asyncio.run(main())"
    ),
    "with the loop gone and the iterator left open": SCRIPT.format(
        tokens=100000,
        at_first_delta='print("done"); return',
        run="loop = asyncio.new_event_loop(); loop.run_until_complete(main()); loop.close()",
    ),
}


def environment() -> dict[str, str]:
    """The environment of a process that can import what we test."""
    return {**os.environ, "PYTHONPATH": str(_SOURCE)}


@pytest.mark.parametrize("way", ENDS)
def test_a_process_ends_well_and_says_nothing_of_its_own(small_weights: Path, way: str) -> None:
    command = [sys.executable, "-W", "ignore::ResourceWarning", "-c", ENDS[way], str(small_weights)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False, env=environment())
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_an_interrupt_reaches_python_while_the_engine_answers(small_weights: Path) -> None:
    script = SCRIPT.format(tokens=100000, at_first_delta='print("begun", flush=True)', run="asyncio.run(main())")
    command = [sys.executable, "-c", script, str(small_weights)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=_PATIENCE_S)
    assert errors.splitlines()[-1] == "KeyboardInterrupt"
    assert process.returncode == -signal.SIGINT


def test_only_this_user_can_reach_the_engine_and_closing_leaves_nothing(
    small_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    engine = Engine(small_weights, EngineSize(context_tokens=256, parallel=1, threads=1))
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    assert [path.name for path in folder.iterdir()] == ["engine.sock"]
    engine.close()
    assert list(tmp_path.iterdir()) == []


def test_a_model_is_never_given_more_context_than_it_was_trained_for(small_weights: Path) -> None:
    engine = Engine(small_weights, EngineSize(context_tokens=10_000_000, parallel=1, threads=1))
    engine.close()
    assert engine.context_tokens == 8192
