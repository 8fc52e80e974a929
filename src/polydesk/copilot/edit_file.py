"""Edit a workbook, a presentation or a mail by an instruction: a model's reply becomes edits that have been tried.

Vendors bound how large a schema they hold a model to, and the edits of these formats are beyond some of the bounds.
So the fields of an edit travel as text in the reply, and are read here as strictly as a list of edits from a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec

from polydesk.copilot.asking import Question, ask, prompt
from polydesk.copilot.progress import OnProgress, Progress, no_progress
from polydesk.copilot.proposal import Proposal, ProposedEdit
from polydesk.core.errors import OfficeError, UsageError
from polydesk.core.receipts import CallReceipt
from polydesk.inference.inference import Inference
from polydesk.office.edits import TypedEdit
from polydesk.office.files import Format, OfficeFile
from polydesk.routing.needs import Choice, Needs
from polydesk.routing.plans import Plan

_BATCH_SHARE = 0.5
"""Share of a model's window that the file may fill; the rest is for the list of edits and the answer."""
_BYTES_PER_TOKEN = 3
_MAX_ANSWER_TOKENS = 32_000
_PROMPT_TOKENS = 6_000
_ANSWER_TOKENS = 2_000


class _Named(msgspec.Struct, frozen=True):
    edit: str
    fields: str


class _Reply(msgspec.Struct, frozen=True):
    edits: list[_Named]
    remark: str = ""


async def edit_file(
    form: Format,
    file: OfficeFile,
    instruction: str,
    inference: Inference,
    *,
    choice: Choice | None = None,
    progress: OnProgress = no_progress,
) -> Proposal:
    """The edits that carry out `instruction`, each tried on `file`, which is not changed.

    Raises UsageError for an empty instruction, and where no model that may be asked proposes whole edits; and what
    Inference.plan and Inference.send raise.
    """
    if not instruction.strip():
        raise UsageError("the instruction is empty; say what to change, such as “add a total below each column”")
    needs = Needs(input_tokens=_PROMPT_TOKENS, output_tokens=_ANSWER_TOKENS, output_schema=True)
    plan = _of_strong_models(inference.plan(needs, choice), form)
    return await _Editor(form, file, instruction, inference, plan, progress).run()


def _of_strong_models(plan: Plan, form: Format) -> Plan:
    steps = tuple(step for step in plan.steps if step.card.edit_style == "structured")
    if not steps:
        asked = ", ".join(f"{step.card.provider}/{step.card.name}" for step in plan.steps)
        raise UsageError(
            f"No model that can be used now proposes edits of {form.words}: {asked} works a sentence at a time. "
            'Connect a model whose catalog entry says `edit_style = "structured"`; `polydesk models` lists them. '
            "`polydesk apply` makes edits that you write yourself."
        )
    return msgspec.structs.replace(plan, steps=steps)


@dataclass
class _Editor:
    form: Format
    file: OfficeFile
    instruction: str
    inference: Inference
    plan: Plan
    progress: OnProgress
    _edits: list[ProposedEdit] = field(default_factory=list[ProposedEdit])
    _calls: list[CallReceipt] = field(default_factory=list[CallReceipt])
    _warnings: list[str] = field(default_factory=list[str])

    async def run(self) -> Proposal:
        parts = self._parts()
        for done, part in enumerate(parts):
            text = "asking for edits" if len(parts) == 1 else f"asking for edits, part {done + 1} of {len(parts)}"
            self.progress(Progress(text=text, done=done, total=len(parts)))
            await self._ask(part, whole=len(parts) == 1)
        if len(parts) > 1:
            self._edits = self._together(self._edits)
        checks = ("Every edit was tried on the file, and names a place as the model saw it.",) if self._edits else ()
        return Proposal(
            edits=tuple(self._edits),
            calls=tuple(self._calls),
            scope="the whole file",
            checks=checks,
            warnings=tuple(self._warnings),
        )

    async def _ask(self, part: Sequence[str], *, whole: bool) -> None:
        reply = await ask(self._question(part, whole=whole), self.inference, self.plan)
        self._calls += reply.calls
        if reply.problem is not None:
            what = "Some edits were left out" if reply.value is not None and reply.value.edits else "No edits"
            self._warnings.append(f"{what} from {reply.model}: {reply.problem}")
        if reply.value is None:
            return
        if reply.value.remark.strip():
            self._warnings.append(f"{reply.model} remarks: {reply.value.remark.strip()}")
        for edit in self._read(reply.value):
            self._edits.append(ProposedEdit(edit=edit, receipt_id=reply.calls[-1].id, before=None, after=None))

    def _parts(self) -> list[list[str]]:
        """The file's lines in parts that every model of the plan can be shown."""
        assert self.form.lines is not None
        window = min(step.card.context_window_tokens for step in self.plan.steps)
        return list(_parted(self.form.lines(self.file.view()), int(window * _BATCH_SHARE * _BYTES_PER_TOKEN)))

    def _question(self, part: Sequence[str], *, whole: bool) -> Question[_Reply]:
        shown = "\n".join(part).replace("</", "<\u200b/")
        head = "" if whole else "This is one part of a larger file.\n"
        return Question(
            purpose="edit.file",
            system=prompt("edit_file", words=self.form.words, edits="\n".join(edits_in_words(self.form))),
            user=f"Instruction: {self.instruction}\n\n{head}<file>\n{shown}\n</file>",
            reply=_Reply,
            schema=_reply_schema(self.form),
            max_output_tokens=_MAX_ANSWER_TOKENS,
            check=self._problem,
            rescue=self._without_bad_edits,
        )

    def _read(self, reply: _Reply) -> list[TypedEdit]:
        """The reply's edits. Raises UsageError naming the first that is none."""
        return [self._read_one(number, named) for number, named in enumerate(reply.edits, 1)]

    def _read_one(self, number: int, named: _Named) -> TypedEdit:
        where = f"edit {number}"
        try:
            found: Any = msgspec.json.decode(named.fields)
        except msgspec.DecodeError as exc:
            raise UsageError(f"{where}: `fields` is not JSON: {exc}") from exc
        if not isinstance(found, dict):
            raise UsageError(f"{where}: `fields` is not a JSON object")
        fields = {name: value for name, value in cast("dict[str, Any]", found).items() if value is not None}
        whole = [{**fields, "edit": named.edit}]
        return cast(TypedEdit, self.form.parse_edits(msgspec.json.encode(whole), path=where)[0])

    def _problem(self, reply: _Reply) -> str | None:
        """Everything that is wrong with a reply, in one text for the model."""
        try:
            edits = self._read(reply)
        except UsageError as exc:
            return str(exc)
        bad = [f"edit {problem.index + 1}: {problem.error}" for problem in self.file.check(edits)]
        if not bad and edits:
            bad = self._conflicts(edits)
        return " ".join(bad) or None

    def _conflicts(self, edits: Sequence[TypedEdit]) -> list[str]:
        try:
            self.file.apply(edits, ignore_protection=True)
        except OfficeError as error:
            return [str(error)]
        return []

    def _without_bad_edits(self, reply: _Reply) -> _Reply:
        """The edits of the reply that hold, each with those before it."""
        kept: list[_Named] = []
        for named in reply.edits:
            try:
                self.file.apply(self._read(_Reply(edits=[*kept, named])), ignore_protection=True)
            except (OfficeError, UsageError):
                continue
            kept.append(named)
        return _Reply(edits=kept, remark=reply.remark)

    def _together(self, edits: Sequence[ProposedEdit]) -> list[ProposedEdit]:
        """The edits of all parts that can be made with those before them; the others are told in a warning."""
        kept: list[ProposedEdit] = []
        for one in edits:
            try:
                self.file.apply([*(other.edit for other in kept), one.edit], ignore_protection=True)
            except OfficeError as error:
                self._warnings.append(f"Left out: {error}")
            else:
                kept.append(one)
        return kept


def _parted(lines: Sequence[str], budget: int) -> Iterator[list[str]]:
    part: list[str] = []
    size = 0
    for line in lines:
        length = len(line.encode()) + 1
        if part and size + length > budget:
            yield part
            part, size = [], 0
        part.append(line)
        size += length
    yield part


def _reply_schema(form: Format) -> dict[str, Any]:
    named = {
        "type": "object",
        "properties": {"edit": {"type": "string", "enum": list(_definitions(form))}, "fields": {"type": "string"}},
        "required": ["edit", "fields"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"edits": {"type": "array", "items": named}, "remark": {"type": "string"}},
        "required": ["edits", "remark"],
        "additionalProperties": False,
    }


def _definitions(form: Format) -> dict[str, dict[str, Any]]:
    """By the edit's name: its part of the schema."""
    found: dict[str, dict[str, Any]] = form.edits_schema()["$defs"]
    tagged = ((definition["properties"].get("edit", {}).get("enum"), definition) for definition in found.values())
    return {names[0]: definition for names, definition in tagged if names}


def edits_in_words(form: Format) -> list[str]:
    """Every edit of a format with its fields and their types, for a model to read; then the values that they share."""
    edits = _definitions(form)
    shared = {name: value for name, value in form.edits_schema()["$defs"].items() if value not in edits.values()}
    lines = [_in_words(name, definition) for name, definition in edits.items()]
    return lines + [_in_words(name, definition) for name, definition in shared.items()]


def _in_words(name: str, definition: dict[str, Any]) -> str:
    if "properties" not in definition:
        return f"- {name}: {_type(definition)}"
    required = definition.get("required", ())
    fields = [
        f"{field}{'' if field in required else '?'}: {_type(value)}"
        for field, value in definition["properties"].items()
        if field != "edit"
    ]
    about = definition.get("description", "").partition("\n\n")[0].replace("\n", " ")
    return f"- {name}({', '.join(fields)}) {about}".rstrip()


def _type(value: dict[str, Any]) -> str:
    if "$ref" in value:
        return str(value["$ref"]).rpartition("/")[2]
    if "enum" in value:
        return "|".join(str(item) for item in value["enum"])
    if "anyOf" in value:
        return "|".join(dict.fromkeys(_type(item) for item in value["anyOf"] if item.get("type") != "null"))
    kind = value.get("type", "any")
    return f"[{_type(value.get('items', {}))}]" if kind == "array" else str(kind)
