"""The set-up: one environment per checkout, quick when it is there, clear when it fails, safe when started twice.

A tiny checkout with the real bin/ and one tiny wheel stands in for the whole; pip reads the wheel from a folder.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import shutil
import subprocess
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest

BIN = Path(__file__).resolve().parents[2] / "bin"
PROGRAM = (
    "import sys, pinned_thing\nprint(pinned_thing.VERSION, *sys.argv[1:])\nsys.exit(7 if 'fail' in sys.argv else 0)\n"
)


def set_up_module() -> ModuleType:
    """bin/_environment.py, which is no package's module and so is loaded by its path."""
    spec = spec_from_file_location("set_up", BIN / "_environment.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TinyCheckout:
    """A checkout whose only requirement is `pinned-thing`."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.wheels = folder / "wheels"
        shutil.copytree(BIN, self.root / "bin", ignore=shutil.ignore_patterns("__pycache__"))
        package = self.root / "src" / "polydesk"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "__main__.py").write_text(PROGRAM)
        self.wheels.mkdir()
        self.require("1.0")

    def require(self, version: str, *, digest: str | None = None) -> None:
        digest = digest or hashlib.sha256(self._wheel(version).read_bytes()).hexdigest()
        line = f"pinned-thing=={version} \\\n    --hash=sha256:{digest}\n"
        (self.root / "requirements.txt").write_text(line)

    def polydesk(
        self, *arguments: str, program: Path | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program or self.root / "bin" / "polydesk", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd,
            env=self.environment(),
        )

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root.parent),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_CONFIG_FILE": os.devnull,
        }

    def _wheel(self, version: str) -> Path:
        info = f"pinned_thing-{version}.dist-info"
        files = {
            "pinned_thing.py": f"VERSION = '{version}'\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: pinned-thing\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        files[f"{info}/RECORD"] = "".join(f"{name},{_record(text)}\n" for name, text in files.items())
        path = self.wheels / f"pinned_thing-{version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            for name, text in files.items():
                wheel.writestr(zipfile.ZipInfo(name), text)
        return path


def _record(text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"sha256={digest},{len(text.encode())}"


@pytest.fixture
def fresh(tmp_path: Path) -> TinyCheckout:
    return TinyCheckout(tmp_path)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> TinyCheckout:
    """One prepared checkout, shared by the tests that leave it prepared."""
    checkout = TinyCheckout(tmp_path_factory.mktemp("ready"))
    first = checkout.polydesk("one")
    assert (first.stdout, first.returncode) == ("1.0 one\n", 0), first.stderr
    assert "pinned-thing 1.0" in first.stderr
    return checkout


def test_a_prepared_checkout_says_nothing_and_touches_nothing(ready: TinyCheckout) -> None:
    log = (ready.root / ".venv.log").stat().st_mtime_ns
    again = ready.polydesk("two")
    assert (again.stdout, again.stderr, again.returncode) == ("1.0 two\n", "", 0)
    assert (ready.root / ".venv.log").stat().st_mtime_ns == log


def test_arguments_and_exit_status_pass_through(ready: TinyCheckout) -> None:
    result = ready.polydesk("a b", "*", "fail")
    assert (result.stdout, result.returncode) == ("1.0 a b * fail\n", 7)


def test_it_runs_from_any_folder_and_through_a_link(ready: TinyCheckout, tmp_path: Path) -> None:
    link = tmp_path / "pd"
    link.symlink_to(ready.root / "bin" / "polydesk")
    assert ready.polydesk("x", program=link, cwd=tmp_path).stdout == "1.0 x\n"


def test_modules_of_the_current_folder_are_not_imported(ready: TinyCheckout, tmp_path: Path) -> None:
    (tmp_path / "pinned_thing.py").write_text("VERSION = 'an impostor'\n")
    assert ready.polydesk(cwd=tmp_path).stdout == "1.0\n"


def test_a_moved_checkout_still_runs_its_own_code(tmp_path: Path) -> None:
    checkout = TinyCheckout(tmp_path)
    assert checkout.polydesk().returncode == 0
    checkout.root = checkout.root.rename(tmp_path / "elsewhere")
    moved = checkout.polydesk("moved")
    assert (moved.stdout, moved.stderr) == ("1.0 moved\n", "")


def test_a_changed_pin_is_installed_at_the_next_start(fresh: TinyCheckout) -> None:
    fresh.polydesk()
    fresh.require("1.1")
    assert fresh.polydesk().stdout == "1.1\n"


def test_a_file_with_another_hash_is_refused_with_step_reason_and_remedy(fresh: TinyCheckout) -> None:
    fresh.require("1.0", digest="0" * 64)
    result = fresh.polydesk()
    assert result.returncode == 69
    assert result.stdout == ""
    assert "stopped at: packages of requirements.txt" in result.stderr
    assert "DO NOT MATCH THE HASHES" in result.stderr
    assert "remedy: the package index offers other files" in result.stderr
    assert "DO NOT MATCH THE HASHES" in (fresh.root / ".venv.log").read_text()


def test_a_failed_set_up_goes_on_once_the_cause_is_gone(fresh: TinyCheckout) -> None:
    wheel = next(fresh.wheels.iterdir())
    hidden = wheel.rename(fresh.root / "hidden")
    failed = fresh.polydesk()
    assert failed.returncode == 69
    assert "remedy: the package index has no such file" in failed.stderr
    hidden.rename(wheel)
    assert fresh.polydesk().stdout == "1.0\n"


def test_a_half_made_environment_is_made_anew(fresh: TinyCheckout) -> None:
    (fresh.root / ".venv" / "bin").mkdir(parents=True)
    (fresh.root / ".venv" / "pyvenv.cfg").write_text("")
    result = fresh.polydesk()
    assert result.stdout == "1.0\n"
    assert "broken or half made" in result.stderr


def test_a_folder_that_is_no_environment_is_never_removed(fresh: TinyCheckout) -> None:
    (fresh.root / ".venv").mkdir()
    (fresh.root / ".venv" / "thesis.txt").write_text("precious")
    result = fresh.polydesk()
    assert result.returncode == 69
    assert "is no virtual environment: move it away" in result.stderr
    assert (fresh.root / ".venv" / "thesis.txt").read_text() == "precious"


def test_a_second_start_waits_for_the_first_and_does_not_repeat_its_work(fresh: TinyCheckout) -> None:
    with (fresh.root / ".venv.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = [_started(fresh) for _ in range(2)]
        said = [process.stderr.readline() for process in waiting if process.stderr is not None]
    results = [process.communicate() for process in waiting]
    assert said == ["polydesk: another start is preparing the environment; waiting for it\n"] * 2
    assert [out for out, _ in results] == ["1.0\n"] * 2
    assert sorted("ready" in errors for _, errors in results) == [False, True]


def _started(checkout: TinyCheckout) -> subprocess.Popen[str]:
    program = checkout.root / "bin" / "polydesk"
    pipe = subprocess.PIPE
    return subprocess.Popen([program], stdout=pipe, stderr=pipe, text=True, env=checkout.environment())


def test_a_machine_without_a_recent_python_is_told_what_to_install(fresh: TinyCheckout, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "readlink", "cmp"):
        (tools / name).symlink_to(shutil.which(name) or name)
    script = (fresh.root / "bin" / "_environment.sh").read_text()
    (fresh.root / "bin" / "_environment.sh").write_text(script.replace("/usr/bin/python3", "/nowhere/python3"))
    result = subprocess.run(
        [fresh.root / "bin" / "polydesk"], capture_output=True, text=True, check=False, env={"PATH": str(tools)}
    )
    assert result.returncode == 69
    assert "Python 3.11 or later is needed" in result.stderr
    assert "apt-get install python3 python3-venv" in result.stderr


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "free some disk"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "offers other files than were pinned"),
        ("Failed to establish a new connection: Temporary failure in name resolution", "cannot be reached"),
        ("ERROR: No matching distribution found for lxml==6.1.3", "no such file for this Python"),
        ("[Errno 13] Permission denied: '/opt'", "prepare it once as the owner"),
        ("something nobody foresaw", "see the log"),
    ],
)
def test_the_remedy_follows_from_what_went_wrong(words: str, advice: str) -> None:
    assert advice in set_up_module().remedy(["Collecting lxml==6.1.3", words])


def test_whoever_may_not_install_a_system_package_is_told_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    module = set_up_module()
    monkeypatch.setattr(module.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(module.os, "geteuid", lambda: 1000)
    with pytest.raises(
        module.SetupError, match=r"^the reason\. Remedy: sudo apt-get install libgomp1, and start again$"
    ):
        module.install_debian_package("libgomp1", "the reason", StringIO())


def test_where_there_is_no_apt_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    module = set_up_module()
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    with pytest.raises(module.SetupError, match=r"in place of Debian's libgomp1"):
        module.install_debian_package("libgomp1", "the reason", StringIO())


def test_a_library_that_the_system_lacks_does_not_load() -> None:
    module = set_up_module()
    assert module.loads("libc.so.6")
    assert not module.loads("libpolydesk_has_no_such_library.so.1")
