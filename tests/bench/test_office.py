"""The measurement of time and memory takes every program through every size."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.office import SUBJECTS, Run, main, report

SMALLEST = {"Word": "1", "Excel": "1000", "PowerPoint": "10", "mail": "50"}


@pytest.mark.parametrize("application", SUBJECTS)
def test_every_program_is_measured(application: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    size = SMALLEST[application]
    assert main(["--only", application, "--sizes", size, "--rounds", "1", "--json", str(out)]) == 0
    runs = json.loads(out.read_text())
    tables = SUBJECTS[application].tables
    assert {run["program"] for run in runs} == {program for programs in tables.values() for program in programs}
    assert all(run["cpu_s"] > 0 and run["peak_mib"] > 1 for run in runs)
    assert capsys.readouterr().out.startswith(f"{next(iter(tables))} ")


def test_sizes_of_several_applications_are_not_mixed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--sizes", "1"])
    assert "--sizes needs --only" in capsys.readouterr().err


def test_medians_are_compared_with_the_first_program() -> None:
    first = SUBJECTS["Word"].tables["edit"][0]
    runs = [
        Run(application="Word", program=program, size=1, cpu_s=cpu, process_cpu_s=2 * cpu, peak_mib=10.0)
        for program, cpu in ((first, 0.1), (first, 0.2), (first, 0.9), ("python-docx", 0.5))
    ]
    assert [line.split() for line in report(runs).split("\n\n")[0].splitlines()[1:]] == [
        ["polydesk", "tracked", "1", "200.0", "1.00", "100.0-900.0", "400", "1.00", "10", "1.00"],
        ["python-docx", "1", "500.0", "2.50", "500.0-500.0", "1000", "2.50", "10", "1.00"],
    ]
