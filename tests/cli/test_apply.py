"""Edits onto a document by `polydesk apply`: the result whole or not at all, the original never touched."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from polydesk.cli.differences import id_range
from polydesk.office.docx.document import open_document
from polydesk.office.docx.views import ParagraphView
from polydesk.settings import read_places
from polydesk.store.store import Store
from tests.cli.command import Ran, polydesk
from tests.docx_builder import docx, p

Written = Callable[[bytes], Path]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def file(written: Written) -> Path:
    return written(docx(p("The first paragraph."), p("The second paragraph.")))


def anchors(path: Path) -> list[str]:
    """The body's anchors, out of `polydesk show --json`, as a program would take them."""
    body = polydesk("show", path, "--json").json()["stories"][0]
    return [block["anchor"] for block in body["blocks"]]


def apply(path: Path, edits: list[dict[str, Any]], *options: str | Path) -> Ran:
    return polydesk("apply", path, "-", *options, stdin=json.dumps(edits))


def replacement(path: Path, text: str = "The very first paragraph.") -> list[dict[str, Any]]:
    return [{"edit": "replace_text", "at": anchors(path)[0], "text": text}]


def texts(path: Path) -> list[str]:
    blocks = open_document(path).view().stories[0].blocks
    return [block.text for block in blocks if isinstance(block, ParagraphView)]


def marks(path: Path) -> tuple[str, str, str | None]:
    """Id, day and place of the one tracked change."""
    (change,) = open_document(path).changes()
    return change.id, (change.date or "")[:10], change.anchor


def only(path: Path) -> set[str]:
    """Names of everything in the folder of `path`, hidden files included."""
    return {entry.name for entry in path.parent.iterdir()}


def test_anchors_of_show_lead_edits_to_their_place(file: Path) -> None:
    original = file.read_bytes()
    ran = apply(file, replacement(file))
    assert ran.code == 0
    assert ran.out.splitlines() == [
        f"{change_id}  inserted “very” (Polydesk, {date})  [{anchor}]"
        for change_id, date, anchor in [marks(file.with_name("a.edited.docx"))]
    ]
    out = file.with_name("a.edited.docx")
    assert texts(out) == ["The very first paragraph.", "The second paragraph."]
    assert [change.author for change in open_document(out).changes()] == ["Polydesk"]
    assert file.read_bytes() == original
    assert only(file) == {"a.docx", "a.edited.docx"}


def test_a_rewritten_paragraph_is_told_by_its_words_before_and_after(file: Path) -> None:
    place, _ = anchors(file)
    ran = apply(file, replacement(file, "The opening words."))
    ids = [change.id for change in open_document(file.with_name("a.edited.docx")).changes()]
    assert ran.out.splitlines() == [
        f"[{place}] {id_range(ids)}",
        "  - The first paragraph.",
        "  + The opening words.",
    ]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["body#1"], "body#1"),
        (["body#1", "body#2", "body#3"], "body#1, body#2, body#3"),
        (["body#1", "body#2", "body#3", "body#4"], "body#1 … body#4 (4 changes)"),
    ],
)
def test_many_ids_are_told_by_the_first_and_last(ids: list[str], expected: str) -> None:
    assert id_range(ids) == expected


def test_edits_come_from_a_file_too(file: Path) -> None:
    edits = file.with_name("edits.json")
    edits.write_text(json.dumps({"edits": replacement(file)}))
    assert polydesk("apply", file, edits, "-o", file.with_name("b.docx")).code == 0
    assert texts(file.with_name("b.docx"))[0] == "The very first paragraph."


def test_json_reports_every_edit_with_its_changes(file: Path) -> None:
    edits = replacement(file)
    report = apply(file, edits, "--json").json()
    out = file.with_name("a.edited.docx")
    (edit,) = report["edits"]
    assert edit["edit"] == edits[0]
    assert edit["change_ids"] == [change["id"] for change in polydesk("changes", out, "--json").json()]
    assert (report["output"], report["sha256"]) == (str(out), open_document(out).sha256)
    assert report["changed_parts"] == ["/word/document.xml"]
    assert report["receipt_id"].startswith("doc_")


def test_direct_edits_leave_no_marks_and_bear_a_receipt(file: Path) -> None:
    ran = apply(file, replacement(file), "--direct", "--json")
    out = file.with_name("a.edited.docx")
    assert (open_document(out).changes(), texts(out)[0]) == ([], "The very first paragraph.")
    receipt = polydesk("receipt", ran.json()["receipt_id"], "--json").json()
    assert [(one["change_ids"], one["before"], one["after"]) for one in receipt["changes"]] == [
        ([], "The first paragraph.", "The very first paragraph.")
    ]


def test_the_author_is_the_one_named(file: Path) -> None:
    apply(file, replacement(file), "--author", "Ann")
    assert {change.author for change in open_document(file.with_name("a.edited.docx")).changes()} == {"Ann"}


def test_an_empty_list_gives_back_the_identical_file_and_no_receipt(file: Path) -> None:
    ran = apply(file, [], "--json")
    assert (ran.json()["changed"], ran.json()["receipt_id"]) == (False, None)
    assert file.with_name("a.edited.docx").read_bytes() == file.read_bytes()
    assert polydesk("receipt").err == "Nothing is recorded yet.\n"


def test_a_link_in_place_keeps_pointing_to_what_is_replaced(file: Path) -> None:
    link = file.with_name("link.docx")
    link.symlink_to(file)
    assert apply(link, replacement(file), "--in-place").code == 0
    assert link.is_symlink()
    assert texts(file)[0] == "The very first paragraph."


def test_permissions_of_the_input_are_kept(file: Path) -> None:
    file.chmod(0o640)
    apply(file, replacement(file))
    assert file.with_name("a.edited.docx").stat().st_mode & 0o777 == 0o640


def test_the_original_in_the_records_is_what_was_edited_in_place(file: Path) -> None:
    original, sha256 = file.read_bytes(), open_document(file).sha256
    apply(file, replacement(file), "--in-place")
    store = Store.open(read_places().records_file)
    assert store.blob(sha256) == original
    store.close()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-o", "a.docx"], "--in-place"),
        (["-o", "./a.docx", "--overwrite"], "--in-place"),
        (["-o", "b.docx", "--in-place"], "contradict"),
        (["-o", "there.docx"], "--overwrite"),
    ],
)
def test_a_file_is_replaced_only_when_told_so(
    options: list[str], said: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    Path("there.docx").write_text("mine")
    ran = apply(Path("a.docx"), [], *options)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert Path("there.docx").read_text() == "mine"


def test_overwrite_replaces_what_is_there(file: Path) -> None:
    out = file.with_name("there.docx")
    out.write_text("old")
    assert apply(file, replacement(file), "-o", out, "--overwrite").code == 0
    assert texts(out)[0] == "The very first paragraph."


def test_a_folder_as_output_takes_the_default_name(file: Path) -> None:
    (file.parent / "into").mkdir()
    assert apply(file, [], "-o", file.parent / "into").code == 0
    assert (file.parent / "into" / "a.edited.docx").exists()


def conflicting(path: Path) -> list[dict[str, Any]]:
    return replacement(path) + replacement(path, "Something else.")


def lost(path: Path) -> list[dict[str, Any]]:
    return [*replacement(path), {"edit": "delete_paragraph", "at": "body/p9~00000000"}]


def unsupported(path: Path) -> list[dict[str, Any]]:
    return [*replacement(path), {"edit": "insert_paragraph", "text": "no place"}]


@pytest.mark.parametrize(("edits", "code"), [(lost, 4), (conflicting, 5), (unsupported, 6)])
def test_edits_that_cannot_all_be_made_leave_nothing(
    edits: Callable[[Path], list[dict[str, Any]]], code: int, file: Path
) -> None:
    ran = apply(file, edits(file))
    assert (ran.code, ran.out) == (code, "")
    assert only(file) == {"a.docx"}
    assert polydesk("receipt").err == "Nothing is recorded yet.\n"


@pytest.mark.parametrize("text", ["{", '[{"edit": "explode"}]', '{"edits": 3}', '[{"edit": "delete_paragraph"}]'])
def test_what_is_no_list_of_edits_is_wrong_use(text: str, file: Path) -> None:
    ran = polydesk("apply", file, "-", stdin=text)
    assert (ran.code, only(file)) == (2, {"a.docx"})
    assert "standard input" in ran.err


def test_a_missing_list_of_edits_is_wrong_use(file: Path) -> None:
    assert polydesk("apply", file, "none.json").code == 2


def test_a_protected_document_is_edited_only_when_told_so(written: Written) -> None:
    protection = '<w:documentProtection w:edit="readOnly" w:enforcement="1"/>'
    file = written(docx(p("The first paragraph."), settings=protection))
    edits = replacement(file)
    ran = apply(file, edits)
    assert (ran.code, only(file)) == (7, {"a.docx"})
    assert "--force" in ran.err
    assert apply(file, edits, "--force").code == 0


def fail(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("step", ["fsync", "fchmod", "link", "fdopen"])
def test_a_step_that_fails_leaves_the_folder_as_it_was(step: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edits = replacement(file)
    polydesk("receipt")  # the records exist, so that only the output can fail
    monkeypatch.setattr(f"polydesk.cli.files.os.{step}", fail)
    ran = apply(file, edits)
    assert (ran.code, only(file)) == (9, {"a.docx"})
    assert "No space left on device" in ran.err


def test_a_replacement_that_fails_leaves_what_was_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original, edits = file.read_bytes(), replacement(file)
    monkeypatch.setattr("pathlib.Path.replace", fail)
    assert apply(file, edits, "--in-place").code == 9
    assert (file.read_bytes(), only(file)) == (original, {"a.docx"})


def test_a_file_that_comes_in_the_way_meanwhile_is_not_replaced(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, edits, record = file.with_name("a.edited.docx"), replacement(file), Store.record_document

    def record_late(store: Store, *args: Any, **options: Any) -> None:
        record(store, *args, **options)
        out.write_text("somebody else's")

    monkeypatch.setattr(Store, "record_document", record_late)
    assert apply(file, edits).code == 2
    assert (out.read_text(), only(file)) == ("somebody else's", {"a.docx", "a.edited.docx"})


def test_a_file_system_without_links_takes_the_output_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    edits = replacement(file)
    monkeypatch.setattr("polydesk.cli.files.os.link", refuse)
    assert apply(file, edits).code == 0
    assert only(file) == {"a.docx", "a.edited.docx"}


def test_records_that_cannot_be_written_leave_no_output(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYDESK_HOME", str(file / "below-a-file"))
    ran = apply(file, replacement(file))
    assert (ran.code, only(file)) == (11, {"a.docx"})


def test_an_output_into_no_folder_names_it(file: Path) -> None:
    ran = apply(file, replacement(file), "-o", file.parent / "none" / "b.docx")
    assert ran.code == 9
    assert "none/b.docx cannot be written: No such file or directory" in ran.err


KILLED = """
import os, signal, sys
from polydesk.store.store import Store
Store.record_document = lambda *args, **options: os.kill(os.getpid(), signal.SIGKILL)
from polydesk.cli.main import main
main()
"""


@pytest.mark.parametrize("options", [[], ["--in-place"]])
def test_a_command_killed_before_its_end_leaves_input_and_output_as_they_were(
    options: list[str], file: Path, own_home: Path
) -> None:
    original, edits = file.read_bytes(), json.dumps(replacement(file))
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, "apply", str(file), "-", *options],
        input=edits,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PYTHONPATH": str(ROOT / "src"), "HOME": str(own_home)},
    )
    assert (ran.returncode, file.read_bytes()) == (-9, original)
    assert not file.with_name("a.edited.docx").exists()
    assert apply(file, json.loads(edits), *options).code == 0


def test_a_disk_that_is_full_in_the_middle_leaves_nothing(tmp_path: Path, own_home: Path) -> None:
    """The size limit of the shell stands for the disk: the write itself fails after its first blocks."""
    file = tmp_path / "a.docx"
    file.write_bytes(docx(p("The first paragraph."), parts={"/word/media/noise.bin": os.urandom(100_000)}))
    ran = subprocess.run(
        ["sh", "-c", 'ulimit -f 64; exec "$@"', "sh", sys.executable, "-m", "polydesk", "apply", str(file), "-"],
        input="[]",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PYTHONPATH": str(ROOT / "src"), "HOME": str(own_home)},
    )
    assert (ran.returncode, ran.stdout) == (9, "")
    assert "File too large" in ran.stderr
    assert only(file) == {"a.docx"}
