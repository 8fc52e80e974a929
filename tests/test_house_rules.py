"""Rules that hold for the whole tree, each one a review comment that nobody should have to make again."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from polydesk.core import errors

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "polydesk"
MODULES = sorted(SOURCE.rglob("*.py"))
DOORS = {"cli", "__main__"}
"""Where an exception may be caught whatever it is: the rooms and modules that face a user."""

FOREIGN_WORDS = {
    "a path of somebody's machine": r"(?<![\w.])/(?:work|root|home/\w+)[/]",
    "the host of a package registry": r"\b(?:pypi|npmjs|pythonhosted|jfrog|artifactory)\.(?:org|com|io)\b",
    "a number of a work item": r"(?i)\b(?:issue|ticket|task)s? #\d",
}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handler", "service", "base_classes"}
MOST_LINES = 600
CATCH_ALL = {"Exception", "BaseException"}


def tracked_texts() -> list[Path]:
    """The tree's own text files: what git tracks, or would."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listing.returncode != 0:
        pytest.skip("not a git checkout: the tracked files are unknown")
    paths = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8192]]


def module_id(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


@pytest.mark.parametrize("rule", FOREIGN_WORDS)
def test_the_tree_speaks_of_the_product_alone(rule: str) -> None:
    pattern = re.compile(FOREIGN_WORDS[rule])
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in tracked_texts()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def drawn_tree() -> dict[str, str | None]:
    """Each error class of the drawing in core/errors.py with the class that it hangs from."""
    parents: dict[str, str | None] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"([│ ]*(?:[├└]─ )?)(\w+Error)\b", line)
        if found is not None:
            depth = len(found[1]) // 3
            del above[depth:]
            parents[found[2]] = above[-1] if above else None
            above.append(found[2])
    return parents


def test_every_error_class_hangs_where_it_is_drawn() -> None:
    classes = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, Exception)]
    real = {
        value.__name__: value.__base__.__name__ if value.__base__ not in (None, Exception) else None
        for value in classes
        if value.__module__ == errors.__name__
    }
    assert drawn_tree() == real


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_a_module_has_a_first_line_and_a_telling_name(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "a module says in its first line what it holds"
    assert path.stem not in VAGUE_NAMES


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_only_a_door_swallows_whatever_goes_wrong(path: Path) -> None:
    """Elsewhere, whoever catches everything tidies up and raises it again, or says in the same line why not."""
    if path.relative_to(SOURCE).parts[0].removesuffix(".py") in DOORS:
        return
    text = path.read_text(encoding="utf-8")
    handlers = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ExceptHandler)]
    swallowing = [node.lineno for node in handlers if catches_all(node.type) and not raises_again(node)]
    assert [line for line in swallowing if "  # " not in text.splitlines()[line - 1]] == []


def catches_all(caught: ast.expr | None) -> bool:
    kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in CATCH_ALL) for kind in kinds)


def raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_only_settings_reads_the_environment(path: Path) -> None:
    if path.name == "settings.py":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    read = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv")
    ]
    assert read == []


PACKAGES = ["polydesk", *sorted(f"polydesk.{path.parent.name}" for path in SOURCE.glob("*/__init__.py"))]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_exported_name_exists_and_is_documented(package: str) -> None:
    module = importlib.import_module(package)
    exported: list[str] = list(getattr(module, "__all__", []))
    things = {name: getattr(module, name) for name in exported if not name.startswith("__")}
    bare = [name for name, thing in things.items() if inspect.isclass(thing) or inspect.isroutine(thing)]
    assert [name for name in bare if not inspect.getdoc(things[name])] == []
    assert sorted(set(exported)) == sorted(exported)


def pins(file: str) -> dict[str, str]:
    """Name and version of every package that a requirement file pins."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return {normal(name): version for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE)}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.sub(r"\[.*?\]", "", name)).lower()


def wanted(requirements: list[str]) -> dict[str, str]:
    return {normal(name): version for name, _, version in (line.partition("==") for line in requirements)}


def test_the_pins_are_those_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime, dev = wanted(project["project"]["dependencies"]), wanted(project["dependency-groups"]["dev"])
    assert runtime.items() <= pins("requirements.txt").items(), "run bin/pin"
    assert (runtime | dev).items() <= pins("requirements-dev.txt").items(), "run bin/pin"


def test_the_dev_environment_contains_the_runtime_one() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_requirement_files_hold_versions_and_hashes_and_no_addresses(file: str) -> None:
    line = re.compile(r"[\w.-]+==[^\s;\\]+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    others = [text for text in (ROOT / file).read_text(encoding="utf-8").splitlines() if line.fullmatch(text) is None]
    assert others == []


@pytest.mark.parametrize("program", ["bin/polydesk", "bin/test", "bin/pin", ".ci/run"])
def test_a_program_can_be_executed(program: str) -> None:
    assert (ROOT / program).stat().st_mode & 0o111
    assert (ROOT / program).read_text(encoding="utf-8").startswith("#!")
