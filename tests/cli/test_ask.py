"""One question to a model, against a local vendor that answers and fails as the real one does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Ran, polydesk
from tests.docx_builder import docx, p
from tests.vendors.answers import LENGTH, STRUCTURED, TEXT
from tests.vendors.http_server import Refuse, Scene, VendorServer
from tests.vendors.openai_server import KEY, openai_server

MODEL = "openai/gpt-4.1"
ANSWER = "Grüße, 世界! This is a longer answer."


@pytest.fixture
async def vendor(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[VendorServer]:
    async with openai_server() as running:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{running.url}/v1")
        yield running


async def ask(*arguments: str | Path, stdin: str | None = None, before: tuple[str | Path, ...] = ()) -> Ran:
    return await asyncio.to_thread(polydesk, *before, "ask", *arguments, stdin=stdin)


def asked(vendor: VendorServer) -> dict[str, Any]:
    """What the model was sent last."""
    return vendor.requests[-1].body


def words(vendor: VendorServer) -> str:
    return json.dumps(asked(vendor)["messages"], ensure_ascii=False)


async def test_the_answer_is_printed_as_it_comes_with_who_answered_and_the_receipt(vendor: VendorServer) -> None:
    vendor.will(Scene(response=TEXT))
    ran = await ask("How are you?", "--model", MODEL)
    assert (ran.code, ran.out) == (0, f"{ANSWER}\n")
    assert asked(vendor)["stream"] is True
    lines = ran.err.splitlines()
    assert lines[0] == f"Asking {MODEL}."
    assert lines[-1].startswith(f"{MODEL} answered: ")
    receipt = lines[-1].rpartition(" ")[2]
    assert polydesk("receipt", receipt).code == 0


async def test_the_whole_answer_at_once_says_the_same(vendor: VendorServer) -> None:
    vendor.will(Scene(response=TEXT))
    ran = await ask("How are you?", "--model", MODEL, "--no-stream")
    assert (ran.code, ran.out) == (0, f"{ANSWER}\n")
    assert "stream" not in asked(vendor)


async def test_json_has_text_model_and_receipt(vendor: VendorServer) -> None:
    vendor.will(Scene(response=TEXT))
    found = (await ask("How are you?", "--model", MODEL, "--json")).json()
    assert (found["text"], found["model"], found["finish_reason"]) == (ANSWER, MODEL, "stop")
    assert found["receipt"]["purpose"] == "ask"


async def test_standard_input_is_the_question_or_goes_with_it(vendor: VendorServer) -> None:
    await ask("--model", MODEL, stdin="Only this?\n")
    assert asked(vendor)["messages"] == [{"role": "user", "content": "Only this?"}]
    await ask("What is it?", "--model", MODEL, stdin="a note")
    assert "standard input" in words(vendor)
    assert words(vendor).index("a note") < words(vendor).index("What is it?")


async def test_files_and_pictures_go_with_it(vendor: VendorServer, tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(docx(p("The board agreed.")))
    (tmp_path / "b.txt").write_text("plain words")
    (tmp_path / "c.png").write_bytes(b"\x89PNG")
    ran = await ask(
        "What is in them?",
        "--model",
        MODEL,
        *("--file", tmp_path / "a.docx", "--file", tmp_path / "b.txt", "--image", tmp_path / "c.png"),
    )
    assert ran.code == 0, ran.err
    for expected in ("a.docx", "The board agreed.", "plain words", "data:image/png;base64,"):
        assert expected in words(vendor)


def house(vendor: VendorServer, folder: Path, model: str) -> Path:
    """A configuration in which the local vendor is an endpoint of one's own, with a plan."""
    (folder / "key").write_text(KEY)
    file = folder / "polydesk.toml"
    file.write_text(
        f'[[provider]]\nname = "house"\nbase_url = "{vendor.url}/v1"\nmodels = ["{model}"]\nkey_file = "key"\n'
        '[plans."office/house"]\nmodels = ["house"]\n'
    )
    return file


OPEN = {"type": "object", "properties": {"year": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (OPEN, None),
        (OPEN | {"additionalProperties": False}, None),
        (OPEN | {"additionalProperties": False, "required": ["year"]}, True),
        ({"type": "array", "items": OPEN}, None),
    ],
)
async def test_system_schema_and_effort_are_told(
    schema: dict[str, Any], strict: bool | None, vendor: VendorServer, tmp_path: Path
) -> None:
    (tmp_path / "when?.json").write_text(json.dumps(schema))
    vendor.will(Scene(response=STRUCTURED))
    ran = await ask(
        *("When?", "--model", "house", "--system", "Be brief.", "--effort", "low"),
        *("--schema", tmp_path / "when?.json", "--no-stream"),
        before=("--config", house(vendor, tmp_path, "gpt-6.1-sol")),
    )
    assert ran.code == 0, ran.err
    assert asked(vendor)["reasoning_effort"] == "low"
    told = asked(vendor)["response_format"]["json_schema"]
    assert (told["name"], told["schema"], told.get("strict")) == ("when_", schema, strict)
    assert "Be brief." in words(vendor)


async def test_a_cut_answer_is_said_to_be_cut(vendor: VendorServer) -> None:
    vendor.will(Scene(response=LENGTH))
    assert "The answer is cut" in (await ask("Go on", "--model", MODEL)).err


async def test_an_endpoint_of_ones_own_answers_by_a_plans_name(vendor: VendorServer, tmp_path: Path) -> None:
    ran = await ask("How are you?", "--model", "office/house", before=("--config", house(vendor, tmp_path, "gpt-4.1")))
    assert ran.code == 0, ran.err
    assert ran.err.splitlines()[0] == "Asking house/gpt-4.1."


async def test_a_refusal_ends_with_its_code(vendor: VendorServer) -> None:
    vendor.will(Scene(fault=Refuse(status=400)))
    ran = await ask("How are you?", "--model", MODEL)
    assert (ran.code, ran.out) == (35, "")
    assert "Receipt: rcp_" in ran.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "There is no question"),
        (("q", "--file", "gone.txt"), "gone.txt cannot be read"),
        (("q", "--image", "picture.bmp"), "not named as a PNG"),
        (("q", "--schema", "gone.json"), "gone.json cannot be read"),
        (("q", "--model", "opnai"), "Did you mean 'openai"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: tuple[str, ...], expected: str) -> None:
    ran = polydesk("ask", *arguments)
    assert ran.code == 2
    assert expected in ran.err


def test_a_file_that_is_nothing_readable_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"\xff\xfe\x00\x80")
    assert "no Word document, PDF or text" in polydesk("ask", "q", "--file", tmp_path / "x.bin").err
    (tmp_path / "x.json").write_text("[1]")
    assert "not a JSON schema" in polydesk("ask", "q", "--schema", tmp_path / "x.json").err
