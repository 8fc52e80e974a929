"""Prepares the checkout's one environment: .venv, with exactly the packages that a requirement file pins.

    _environment.py ROOT REQUIREMENTS-FILE

Executed by bin/_environment.sh with whatever Python the machine has, so it uses the standard library alone. Everything
it says goes to standard error. The copy of the requirement file under .venv/installed is written last: until it is
there, the next start goes on where this one stopped.
"""

from __future__ import annotations

import ctypes
import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

IMPLIED = {"requirements-dev.txt": ["requirements.txt"]}
"""What is installed too once a file is: the dev pins contain the runtime's."""
REMEDIES = [
    (r"No space left on device", "free some disk space"),
    (
        r"DO NOT MATCH THE HASHES",
        "the package index offers other files than were pinned: use another index, or bin/pin",
    ),
    (
        r"name resolution|Network is unreachable|Connection refused|timed out|ConnectTimeout|ProxyError|SSLError"
        r"|Connection(?: to \S+)? (?:broken|aborted|reset)",
        "the package index cannot be reached: check the network, or pip's own settings for a proxy or mirror",
    ),
    (
        r"No matching distribution|Could not find a version",
        "the package index has no such file for this Python and platform (or cannot be reached): try Python 3.11",
    ),
    (r"Permission denied", "this user may not write there: prepare it once as the owner of the checkout"),
]
SYSTEM_LIBRARIES = {"libgomp.so.1": "libgomp1", "libstdc++.so.6": "libstdc++6"}
"""Shared library that xllamacpp loads, and the Debian package that has it."""
TAIL_LINES = 12


class SetupError(Exception):
    """A step failed; the message says which, why and what to do."""


class Checkout(NamedTuple):
    """The places in one checkout."""

    root: Path

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def log(self) -> Path:
        return self.root / ".venv.log"

    def stamp(self, requirements: str) -> Path:
        return self.venv / "installed" / requirements


def main(arguments: Sequence[str]) -> int:
    root, requirements = arguments
    checkout = Checkout(Path(root).resolve())
    try:
        with exclusive(checkout):
            if not is_prepared(checkout, requirements):
                prepare(checkout, requirements)
    except SetupError as error:
        tell(str(error))
        return 69
    except PermissionError as error:
        tell(f"cannot write {error.filename}: prepare the checkout once as its owner, or clone it into your own folder")
        return 69
    except OSError as error:
        tell(f"cannot prepare {checkout.venv}: {error.strerror} ({error.filename})")
        return 69
    except KeyboardInterrupt:
        tell("interrupted; the next start goes on from here")
        return 130
    return 0


def tell(text: str) -> None:
    print(f"polydesk: {text}", file=sys.stderr, flush=True)


@contextmanager
def exclusive(checkout: Checkout) -> Iterator[None]:
    """Hold the checkout's lock, so that two starts at once prepare one environment, one after the other."""
    with (checkout.root / ".venv.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("another start is preparing the environment; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_prepared(checkout: Checkout, requirements: str) -> bool:
    stamp = checkout.stamp(requirements)
    return stamp.exists() and stamp.read_bytes() == (checkout.root / requirements).read_bytes() and works(checkout)


def works(checkout: Checkout) -> bool:
    """Whether .venv has a Python that starts, is recent enough and has pip."""
    test = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([checkout.python, "-I", "-c", test], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def prepare(checkout: Checkout, requirements: str) -> None:
    tell(f"preparing {checkout.venv} (once; the log is {checkout.log})")
    with checkout.log.open("w", encoding="utf-8") as log:
        if not works(checkout):
            make_venv(checkout, log)
        install(checkout, requirements, log)
        if "xllamacpp==" in (checkout.root / requirements).read_text(encoding="utf-8"):
            install_system_libraries(log)
    link_source(checkout)
    for name in [*IMPLIED.get(requirements, []), requirements]:
        write_stamp(checkout, name)
    tell("ready")


def make_venv(checkout: Checkout, log: TextIO) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        install_debian_venv(log)
    if checkout.venv.exists():
        remove_broken(checkout)
    tell(f"  making a virtual environment with Python {sys.version.split()[0]} ({base_python()})")
    # A new process, because this one would not see an ensurepip that has just been installed.
    run("virtual environment", [base_python(), "-I", "-m", "venv", str(checkout.venv)], log)


def base_python() -> str:
    """The interpreter behind links and environments: .venv must not depend on another environment."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def remove_broken(checkout: Checkout) -> None:
    inside = list(checkout.venv.iterdir()) if checkout.venv.is_dir() and not checkout.venv.is_symlink() else None
    if inside is None or (inside and not (checkout.venv / "pyvenv.cfg").exists()):
        raise SetupError(f"{checkout.venv} is no virtual environment: move it away, and start again")
    tell(f"  {checkout.venv} is broken or half made; making it anew")
    shutil.rmtree(checkout.venv)


def install_debian_venv(log: TextIO) -> None:
    """Debian keeps the standard library's ensurepip in a package of its own."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    install_debian_package(package, f"{base_python()} cannot make virtual environments, for it has no ensurepip", log)


def install_system_libraries(log: TextIO) -> None:
    """Libraries of the system that the pinned packages load, and that a bare Debian does not have."""
    for library, package in SYSTEM_LIBRARIES.items():
        if sys.platform == "linux" and not loads(library):
            install_debian_package(package, f"the embedded model's engine needs {library}", log)


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_debian_package(package: str, why: str, log: TextIO) -> None:
    apt = shutil.which("apt-get")
    if apt is None:
        raise SetupError(f"{why}. Remedy: install what your system has in place of Debian's {package}, and start again")
    if os.geteuid() != 0:
        raise SetupError(f"{why}. Remedy: sudo apt-get install {package}, and start again")
    tell(f"  installing the Debian package {package}: {why}")
    run("package lists", [apt, "update", "-q"], log)
    run(f"package {package}", [apt, "install", "-q", "-y", "--no-install-recommends", package], log)


def install(checkout: Checkout, requirements: str, log: TextIO) -> None:
    file = checkout.root / requirements
    count = len(re.findall(r"^[A-Za-z0-9][^\s;\\]*==", file.read_text(encoding="utf-8"), re.MULTILINE))
    tell(f"  installing up to {count} packages, as pinned in {requirements}")
    pip = [str(checkout.python), "-I", "-m", "pip", "install", "--require-hashes", "--no-deps", "--no-input"]
    pip += ["--only-binary=:all:", "--disable-pip-version-check", "--progress-bar=off", "-r", str(file)]
    run(f"packages of {requirements}", pip, log, Progress(count))


class Progress:
    """Says in one line each what pip is about to do, out of its own output."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._seen = 0

    def __call__(self, line: str) -> None:
        if line.startswith(("Collecting ", "Processing ", "Requirement already satisfied: ")):
            self._seen += 1
        if found := re.match(
            r"Collecting ([^\s;=]+)==([^\s;]+)|Processing \S*/([^/\s-]+)-([^/\s-]+)-[^/\s]+\.whl", line
        ):
            name, version = found[1] or found[3].replace("_", "-"), found[2] or found[4]
            tell(f"    [{self._seen}/{self._count}] {name} {version}")
        elif line.startswith("Installing collected packages"):
            tell("    unpacking")


def run(step: str, command: Sequence[str], log: TextIO, progress: Progress | None = None) -> None:
    """Execute one step, keep its output in the log, and raise SetupError with its end when it fails."""
    print(f"--- {step}", file=log, flush=True)
    lines: list[str] = []
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment(),
        )
    except OSError as error:
        raise SetupError(f"{step}: cannot start {command[0]}: {error.strerror}") from error
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            print(lines[-1], file=log, flush=True)
            if progress is not None:
                progress(lines[-1])
    if process.returncode != 0:
        raise SetupError(failure(step, process.returncode, lines, Path(log.name)))


def environment() -> dict[str, str]:
    """The caller's, without what would put the packages elsewhere, and with messages in the language we read."""
    elsewhere = {"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_PYTHON", "PIP_QUIET", "PIP_DRY_RUN"}
    kept = {name: value for name, value in os.environ.items() if name not in elsewhere}
    return kept | {"LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


def failure(step: str, status: int, lines: Sequence[str], log: Path) -> str:
    end = "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])
    return (
        f"the set-up stopped at: {step} (status {status})\n{end}\n"
        f"  remedy: {remedy(lines)}; then start again, and it goes on from here\n  whole log: {log}"
    )


def remedy(lines: Sequence[str]) -> str:
    text = "\n".join(lines)
    return next((advice for pattern, advice in REMEDIES if re.search(pattern, text)), "see the log for the reason")


def link_source(checkout: Checkout) -> None:
    """Make the checkout's own code importable, by a path relative to .venv so that the checkout may be moved."""
    for site in (checkout.venv / "lib").glob("python*/site-packages"):
        source = os.path.relpath(checkout.root / "src", site)
        write_whole(site / "polydesk_checkout.pth", source + "\n")


def write_stamp(checkout: Checkout, requirements: str) -> None:
    content = (checkout.root / requirements).read_text(encoding="utf-8")
    write_whole(checkout.stamp(requirements), content)


def write_whole(path: Path, content: str) -> None:
    """Write so that a crash leaves the old file or the new, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_text(content, encoding="utf-8")
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
