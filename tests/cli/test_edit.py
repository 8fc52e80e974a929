"""A model at work through the command line, against a local vendor that answers and fails as the real one does."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from polydesk.core.messages import ModelResponse, TextPart
from polydesk.core.usage import Usage
from polydesk.office.docx.document import open_document
from polydesk.office.docx.views import ParagraphView
from tests.cli.command import Ran, polydesk
from tests.docx_builder import comment, docx, p
from tests.vendors.http_server import Cut, Refuse, Scene, Stall, VendorServer
from tests.vendors.openai_server import KEY, openai_server

ROOT = Path(__file__).resolve().parents[2]
Written = Callable[[bytes], Path]
MODEL = "openai/gpt-4.1"
INSTRUCTION = "Tighten it and answer the comment"


@pytest.fixture
async def vendor(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[VendorServer]:
    async with openai_server() as running:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{running.url}/v1")
        yield running


@pytest.fixture
def file(written: Written) -> Path:
    return written(
        docx(
            p("Revenue is, all things considered, up by 12.5% on the year."),
            p(comment(0, "Costs"), " fell."),
            comments={0: "By how much?"},
        )
    )


async def run(*arguments: str | Path) -> Ran:
    """The command in a thread of its own, so that the vendor can answer it meanwhile."""
    return await asyncio.to_thread(polydesk, *arguments)


def saying(value: dict[str, Any]) -> Scene:
    return Scene(
        response=ModelResponse(
            id="a1",
            model="gpt-4.1-2025-04-14",
            parts=(TextPart(text=json.dumps(value)),),
            finish_reason="stop",
            usage=Usage(input_tokens=1_000, output_tokens=100),
        )
    )


def content(path: Path) -> bytes:
    return path.read_bytes()


def first(path: Path) -> ParagraphView:
    block = open_document(path).view().stories[0].blocks[0]
    assert isinstance(block, ParagraphView)
    return block


def tightening(path: Path) -> Scene:
    edits = [
        {"edit": "replace_text", "at": first(path).anchor, "text": "Revenue is up by 12.5% on the year."},
        {"edit": "reply_comment", "comment": "comment#0", "text": "See the table."},
    ]
    return saying({"edits": edits, "remark": ""})


async def test_an_instruction_becomes_tracked_changes_with_their_receipt(vendor: VendorServer, file: Path) -> None:
    before = content(file)
    vendor.will(tightening(file))
    ran = await run("edit", file, INSTRUCTION, "--model", MODEL, "--json")
    out = file.with_name("a.edited.docx")
    assert (ran.code, content(file)) == (0, before)
    assert first(out).text == "Revenue is up by 12.5% on the year."
    outcome = ran.json()
    assert outcome["written"]["output"] == str(out)
    (call,) = outcome["calls"]
    assert (call["provider"], call["cost_usd"]) == ("openai", "0.0028")
    receipt = (await run("receipt", out, "--json")).json()
    assert {change["call"]["id"] for change in receipt["changes"] if change["author"] == "Polydesk"} == {call["id"]}
    assert receipt["history"][0]["instruction"] == INSTRUCTION
    assert receipt["history"][0]["checks"] == outcome["checks"]


async def test_people_are_told_what_changed_what_was_checked_and_what_it_cost(vendor: VendorServer, file: Path) -> None:
    vendor.will(tightening(file))
    ran = await run("edit", file, INSTRUCTION, "--model", MODEL)
    out = file.with_name("a.edited.docx")
    assert "deleted “, all things considered,”" in ran.out
    assert "See the table." in ran.out
    for said in (f"Wrote {out}.", "polydesk undo", "Checked: ", f"1 model call to {MODEL}: $0.0028."):
        assert said in ran.err
    shown = polydesk("receipt", out).out
    assert f"by {MODEL} (rcp_" in shown
    assert f"asked: “{INSTRUCTION}”" in shown
    call = next(word for word in shown.split() if word.startswith("rcp_"))
    assert "tokens  1,000 read, 100 written" in polydesk("receipt", call).out


async def test_an_answer_without_edits_gives_the_identical_file(vendor: VendorServer, file: Path) -> None:
    vendor.will(saying({"edits": [], "remark": ""}))
    ran = await run("edit", file, INSTRUCTION, "--model", MODEL)
    assert ran.code == 0
    assert "identical to the original" in ran.err
    assert content(file.with_name("a.edited.docx")) == content(file)


async def test_direct_edits_by_a_model_leave_no_marks(vendor: VendorServer, file: Path) -> None:
    vendor.will(tightening(file))
    await run("edit", file, INSTRUCTION, "--model", MODEL, "--direct")
    out = file.with_name("a.edited.docx")
    assert (open_document(out).changes(), first(out).text) == ([], "Revenue is up by 12.5% on the year.")


@pytest.mark.parametrize(
    ("scene", "code"),
    [
        (Scene(fault=Refuse(status=500)), 31),
        (Scene(fault=Cut(at=0)), 31),
        (Scene(fault=Refuse(status=429)), 32),
        (Scene(fault=Refuse(status=400)), 35),
    ],
    ids=lambda value: str(getattr(value, "fault", value)),
)
async def test_a_vendors_failure_has_its_code_and_leaves_nothing(
    scene: Scene, code: int, vendor: VendorServer, file: Path
) -> None:
    vendor.will(scene, scene, scene, scene)
    ran = await run("edit", file, INSTRUCTION, "--model", MODEL, "--json")
    assert (ran.code, ran.json()["error"]["provider"]) == (code, "openai")
    assert [entry.name for entry in file.parent.iterdir()] == ["a.docx"]
    assert "Receipt: rcp_" in ran.err
    assert KEY not in ran.err + ran.out


async def test_a_key_that_the_vendor_does_not_know_is_told(
    vendor: VendorServer, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-0123456789abcdef")
    ran = await run("edit", file, INSTRUCTION, "--model", MODEL)
    assert ran.code == 33
    assert "sk-wrong-0123456789abcdef" not in ran.err


async def test_a_model_that_the_vendor_does_not_know_is_told(vendor: VendorServer, file: Path) -> None:
    assert (await run("edit", file, INSTRUCTION, "--model", "openai/gpt-4.1-mini")).code == 34


async def test_when_every_model_failed_each_reason_is_told(vendor: VendorServer, file: Path) -> None:
    vendor.will(*[Scene(fault=Refuse(status=500))] * 20)
    ran = await run("edit", file, INSTRUCTION, "--json")
    assert ran.code == 21
    attempts = ran.json()["error"]["attempts"]
    assert len(attempts) > 1
    assert {attempt["provider"] for attempt in attempts} == {"openai"}


@pytest.mark.parametrize("command", [["edit", INSTRUCTION], ["summarize"]])
def test_without_any_model_every_reason_is_told(command: list[str], file: Path) -> None:
    ran = polydesk(command[0], file, *command[1:])
    assert (ran.code, ran.out) == (20, "")
    for said in ("set OPENAI_API_KEY", "set ANTHROPIC_API_KEY", "polydesk models pull"):
        assert said in ran.err


def test_an_unknown_model_is_wrong_use(file: Path) -> None:
    assert polydesk("edit", file, INSTRUCTION, "--model", "nonsense").code == 2


async def test_a_protected_document_is_refused_before_a_model_is_asked(vendor: VendorServer, written: Written) -> None:
    file = written(docx("One.", settings='<w:documentProtection w:edit="readOnly" w:enforcement="1"/>'))
    assert (await run("edit", file, INSTRUCTION, "--model", MODEL)).code == 7
    assert vendor.requests == []


async def test_an_output_in_the_way_is_refused_before_a_model_is_asked(vendor: VendorServer, file: Path) -> None:
    file.with_name("a.edited.docx").write_text("mine")
    assert (await run("edit", file, INSTRUCTION, "--model", MODEL)).code == 2
    assert vendor.requests == []


async def test_ctrl_c_while_a_model_is_asked_leaves_nothing_but_the_record(
    vendor: VendorServer, file: Path, own_home: Path
) -> None:
    vendor.will(Scene(fault=Stall(at=0)))
    words = ["-m", "polydesk", "edit", str(file), INSTRUCTION, "--model", MODEL]
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT / "src"), "HOME": str(own_home)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, env=environment, stderr=asyncio.subprocess.PIPE
    )
    await vendor.asked.wait()
    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()
    assert (process.returncode, err.decode().splitlines()[-1]) == (130, "polydesk: stopped.")
    await vendor.abandoned.wait()
    assert [entry.name for entry in file.parent.iterdir()] == ["a.docx"]
    (call,) = (await run("receipt", "--json")).json()["calls"]
    assert [attempt["outcome"] for attempt in call["attempts"]] == ["cancelled"]


async def test_the_demo_improves_a_report_shows_the_receipt_and_names_the_vendors(
    vendor: VendorServer, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polydesk.cli.demo.example_file", lambda: report)
    edits = [{"edit": "reply_comment", "comment": "comment#0", "text": "About half."}]
    vendor.will(saying({"edits": edits, "remark": ""}), saying({"edits": edits, "remark": ""}))
    before = content(report)
    assert (await run("demo", "--model", MODEL)).code == 0
    ran = await run("demo", "--model", MODEL)  # a second time replaces what the first has left
    assert (ran.code, content(report)) == (0, before)
    for said in ("answers comment#0", "About half.", f"reply_comment, by {MODEL}", "OPENAI_API_KEY=… polydesk demo"):
        assert said in ran.out
    assert f"Wrote {report.with_name('report.edited.docx')}." in ran.err


async def test_a_summary_is_printed_with_its_checks_beside_it(vendor: VendorServer, file: Path) -> None:
    vendor.will(saying({"sentences": ["Revenue is up by 12.5%."]}), saying({"sentences": ["Revenue is up by 12.5%."]}))
    ran = await run("summarize", file, "--model", MODEL)
    assert (ran.code, ran.out) == (0, "Revenue is up by 12.5%.\n")
    as_json = (await run("summarize", file, "--model", MODEL, "--json")).json()
    assert as_json["sentences"] == ["Revenue is up by 12.5%."]
    assert [call["provider"] for call in as_json["calls"]] == ["openai"]
