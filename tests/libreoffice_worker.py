"""A LibreOffice that answers questions about documents: JSON lines in, JSON lines out.

It is executed by the Python that has LibreOffice's `uno` module (Debian: python3-uno), never imported by a test.
`tests/libreoffice.py` starts it and speaks to it. It starts one soffice with the given profile folder, and stops it
when its standard input ends, so that a killed test run leaves nothing behind.

    libreoffice_worker.py SOFFICE PROFILE-FOLDER
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

uno: Any = importlib.import_module("uno")

START_TIMEOUT_S = 120.0
STARTS = 3
NEVER_EXECUTE_MACROS = 0
NO_LINK_UPDATE = 0
WHOLE_CHANGE_COMMANDS = {"accept": ".uno:AcceptAllTrackedChanges", "reject": ".uno:RejectAllTrackedChanges"}
EXPORT_FILTERS = {
    "pdf": ("writer_pdf_Export", ""),
    "docx": ("MS Word 2007 XML", ""),
    "odt": ("writer8", ""),
    "txt": ("Text (encoded)", "UTF8,LF,,,"),
}
PROFILE_SETTINGS = {
    "/org.openoffice.Office.Common/Misc": "FirstRun",
    "/org.openoffice.Office.Common/Save/Document": "WarnAlienFormat",
    "/org.openoffice.Office.Recovery/AutoSave": "Enabled",
}
"""Switches that are turned off: place and name."""


def main() -> None:
    soffice, profile = sys.argv[1], Path(sys.argv[2])
    pipe = f"polydesk_{uuid.uuid4().hex}"
    write_settings(profile)
    # The first start with a fresh profile only lays it out, and ends asking to be started again.
    for _ in range(STARTS):
        with running(soffice, profile, pipe) as process:
            context = connect(pipe, process)
            if context is not None:
                serve(context)
                return
    sys.exit(f"{soffice} ended at once, {STARTS} times")


def serve(context: Any) -> None:
    say({"ready": True})
    for line in sys.stdin:
        say(answer(context, json.loads(line)))


def write_settings(profile: Path) -> None:
    settings = profile / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True, exist_ok=True)
    rows = "".join(
        f'<item oor:path="{place}"><prop oor:name="{name}" oor:op="fuse"><value>false</value></prop></item>'
        for place, name in PROFILE_SETTINGS.items()
    )
    items = f'<oor:items xmlns:oor="http://openoffice.org/2001/registry">{rows}</oor:items>'
    settings.write_text(items, encoding="utf-8")


@contextmanager
def running(soffice: str, profile: Path, pipe: str) -> Iterator[subprocess.Popen[bytes]]:
    process = start(soffice, profile, pipe)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def start(soffice: str, profile: Path, pipe: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            str(program(soffice)),
            f"-env:UserInstallation={profile.as_uri()}",
            f"--accept=pipe,name={pipe};urp;",
            *("--headless", "--norestore", "--nolockcheck", "--nologo", "--nodefault"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def program(soffice: str) -> Path:
    """The real program behind the start script, so that killing our child kills LibreOffice and not only the script."""
    binary = Path(soffice).resolve().with_name("soffice.bin")
    return binary if binary.exists() else Path(soffice)


def connect(pipe: str, process: subprocess.Popen[bytes]) -> Any:
    """The component context of the started soffice; None when it ended first.

    LibreOffice announces its readiness nowhere, so it is asked until it answers.
    """
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    url = f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext"
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            return resolver.resolve(url)
        except uno.getClass("com.sun.star.connection.NoConnectException"):
            if process.poll() is not None:
                return None
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def say(reply: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()


def answer(context: Any, question: dict[str, Any]) -> dict[str, Any]:
    """Every failure inside LibreOffice is told in the reply, except the loss of LibreOffice itself."""
    try:
        return ask(context, question)
    except uno.getClass("com.sun.star.lang.DisposedException"):
        raise
    except uno.getClass("com.sun.star.uno.Exception") as error:
        return {"error": f"{type(error).__name__}: {error.Message}"}


def ask(context: Any, question: dict[str, Any]) -> dict[str, Any]:
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    document = desktop.loadComponentFromURL(Path(question["path"]).as_uri(), "_blank", 0, load_properties())
    if document is None:
        return {"error": "LibreOffice cannot open the document"}
    try:
        if question["changes"] != "keep":
            settle_changes(context, document, question["changes"])
        if question["to"] is None:
            return reading(document)
        save(document, Path(question["out"]), question["to"])
        return {}
    finally:
        document.close(True)


def load_properties() -> tuple[Any, ...]:
    return (
        named("Hidden", True),
        named("AsTemplate", False),
        named("MacroExecutionMode", NEVER_EXECUTE_MACROS),
        named("UpdateDocMode", NO_LINK_UPDATE),
    )


def named(name: str, value: object) -> Any:
    pair = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
    pair.Name, pair.Value = name, value
    return pair


def settle_changes(context: Any, document: Any, how: str) -> None:
    dispatcher = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.DispatchHelper", context)
    frame = document.getCurrentController().getFrame()
    dispatcher.executeDispatch(frame, WHOLE_CHANGE_COMMANDS[how], "", 0, ())


def save(document: Any, out: Path, to: str) -> None:
    name, options = EXPORT_FILTERS[to]
    document.storeToURL(out.as_uri(), (named("FilterName", name), named("FilterOptions", options)))


def reading(document: Any) -> dict[str, Any]:
    return {
        "body": list(paragraphs(document.getText())),
        "footnotes": [list(paragraphs(note)) for note in items(document.getFootnotes())],
        "endnotes": [list(paragraphs(note)) for note in items(document.getEndnotes())],
        "headers": list(page_texts(document, "Header")),
        "footers": list(page_texts(document, "Footer")),
        "frames": [list(paragraphs(frame)) for frame in items(document.getTextFrames())],
        "shapes": [list(paragraphs(shape)) for shape in items(document.getDrawPage()) if is_text_shape(shape)],
        "comments": [
            {"author": field.Author, "text": field.Content, "resolved": bool(field.Resolved)}
            for field in enumerated(document.getTextFields())
            if field.supportsService("com.sun.star.text.textfield.Annotation")
        ],
        "redlines": [redline(change) for change in enumerated(document.getRedlines())],
    }


def items(container: Any) -> Iterator[Any]:
    return (container.getByIndex(index) for index in range(container.getCount()))


def enumerated(container: Any) -> Iterator[Any]:
    enumeration = container.createEnumeration()
    while enumeration.hasMoreElements():
        yield enumeration.nextElement()


def is_text_shape(shape: Any) -> bool:
    # A Writer frame is on the drawing page too, but it is read once, among the frames.
    return hasattr(shape, "createEnumeration") and not shape.supportsService("com.sun.star.text.BaseFrame")


def page_texts(document: Any, place: str) -> Iterator[list[str]]:
    """The different headers (or footers) of the page styles in use, each once."""
    seen: list[list[str]] = []
    for style in items(document.getStyleFamilies().getByName("PageStyles")):
        if not style.isInUse() or not style.getPropertyValue(f"{place}IsOn"):
            continue
        for side in ("Text", "TextLeft", "TextFirst"):
            text = style.getPropertyValue(f"{place}{side}")
            found = list(paragraphs(text)) if text is not None else []
            if any(found) and found not in seen:
                seen.append(found)
                yield found


def paragraphs(text: Any) -> Iterator[str]:
    for block in enumerated(text):
        if block.supportsService("com.sun.star.text.TextTable"):
            for name in block.getCellNames():
                yield from paragraphs(block.getCellByName(name))
        elif block.supportsService("com.sun.star.text.Paragraph"):
            yield "".join(portions(block))


def portions(paragraph: Any) -> Iterator[str]:
    """The words of a paragraph without the marks of notes and comments, which `getString` would include."""
    for portion in enumerated(paragraph):
        kind = portion.TextPortionType
        if kind in ("Text", "TextField"):
            yield portion.getString()
        elif kind == "Ruby" and portion.IsStart:
            continue
        elif kind == "InContentMetadata":
            yield from portions(portion.InContentMetadata)
        elif kind == "ContentControl":
            yield from portions(portion.ContentControl)


def redline(change: Any) -> dict[str, str]:
    start = change.RedlineStart
    cursor = start.getText().createTextCursorByRange(start)
    cursor.gotoRange(change.RedlineEnd, True)
    return {"type": change.RedlineType, "author": change.RedlineAuthor, "text": cursor.getString()}


if __name__ == "__main__":
    main()
