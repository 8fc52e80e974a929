"""The measurement of time and memory takes every program through every size."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.office import EDITING, READING, Run, main, report


def test_every_program_is_measured_at_every_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--pages", "1", "--rounds", "1", "--json", str(tmp_path / "out.json")]) == 0
    runs = json.loads((tmp_path / "out.json").read_text())
    assert {run["program"] for run in runs} == {*EDITING, *READING}
    assert all(run["cpu_s"] > 0 and run["peak_mib"] > 1 for run in runs)
    assert capsys.readouterr().out.startswith("edit ")


def test_medians_are_compared_with_the_first_program() -> None:
    runs = [
        Run(program=program, pages=1, cpu_s=cpu, process_cpu_s=2 * cpu, peak_mib=10.0)
        for program, cpu in ((EDITING[0], 0.1), (EDITING[0], 0.2), (EDITING[0], 0.9), ("python-docx", 0.5))
    ]
    assert [line.split() for line in report(runs).split("\n\n")[0].splitlines()[1:]] == [
        ["polydesk", "tracked", "1", "200.0", "1.00", "100.0-900.0", "400", "1.00", "10", "1.00"],
        ["python-docx", "1", "500.0", "2.50", "500.0-500.0", "1000", "2.50", "10", "1.00"],
    ]
