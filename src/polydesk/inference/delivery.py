"""What the caller of a streamed answer is given, whoever writes it: one answer, made of the legs of several models."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from polydesk.core.messages import ModelResponse
from polydesk.core.streams import (
    AnswerBuilder,
    Finished,
    ReasoningDelta,
    Started,
    StreamEvent,
    TextDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
)
from polydesk.inference.seams import Seam

Delta = TextDelta | ReasoningDelta | ToolCallStarted | ToolArgumentsDelta


class Delivery:
    """The one answer. Its parts are numbered anew, since each leg numbers its own from 0."""

    def __init__(self) -> None:
        self._builder = AnswerBuilder()
        self._last: Delta | None = None
        self._gave_tool_call = False

    @property
    def begun(self) -> bool:
        """Whether the caller has been given anything."""
        return self._builder.started is not None

    @property
    def said(self) -> str:
        """The text that the caller has been given; a model that goes on is shown it."""
        return self._builder.text

    @property
    def gave_tool_call(self) -> bool:
        """Whether the caller has been given a tool call, or a part of one."""
        return self._gave_tool_call

    @property
    def characters(self) -> int:
        """How much the caller has been given, reasoning and tool calls included."""
        return self._builder.characters

    def leg(self, *, seam: Seam | None = None, hold_tool_calls: bool = False) -> Leg:
        """A new leg. `seam` fits its first text to what was said; `hold_tool_calls` keeps back calls until it ends."""
        return Leg(self, seam, hold_tool_calls=hold_tool_calls)

    def start(self, event: Started) -> None:
        """Note that the caller is given the beginning."""
        self._builder.started = event

    def note(self, event: Delta) -> None:
        """Note that `event` is given to the caller. Raises ValueError for one that does not fit those before it."""
        self._last = event
        if isinstance(event, ToolCallStarted):
            self._gave_tool_call = True
        self._builder.add(event)

    def note_texts(self, events: Sequence[StreamEvent], start: int) -> int:
        """Note those of `events` from `start` that go on with the text that was given last; gives their number.

        As `note` for each, and faster for a burst of them.
        """
        return self._builder.add_texts(events, start) if isinstance(self._last, TextDelta) else 0

    def response(self, finished: Finished) -> ModelResponse:
        """The whole answer, of which `finished` is the end."""
        return self._builder.response(finished)

    def next_index(self) -> int:
        """The index of a new part."""
        return self._builder.next_index

    def open_text(self) -> int | None:
        """The index of the text that was given last; None when the last part was another kind."""
        return self._last.index if isinstance(self._last, TextDelta) else None


class Leg:
    """One model's share of the answer."""

    def __init__(self, delivery: Delivery, seam: Seam | None, *, hold_tool_calls: bool) -> None:
        self._delivery = delivery
        self._seam = seam
        self._hold_tool_calls = hold_tool_calls
        self._held: list[Delta] = []
        self._holding = False
        self._before = delivery.characters
        self._not_given = 0
        """Characters that the model wrote and the caller has not been given, or not yet."""
        self._indexes: dict[int, int] = {}
        self._resumed: int | None = delivery.open_text() if seam is not None else None
        self._seam_index: int | None = None
        """Where the text goes that the seam still holds back; None while the leg has no text."""
        self._plain = seam is None and not delivery.begun
        """Whether events can be given as they come: a first leg's numbers are the answer's."""

    @property
    def written_characters(self) -> int:
        """How much the model has written, given to the caller or not."""
        return self._delivery.characters - self._before + self._not_given

    def take(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        """What of `events` the caller is given now; Finished comes as it is. Raises SeamError."""
        at = self._delivery.note_texts(events, 0) if self._plain and not self._holding else 0
        if at == len(events):
            return events
        given: list[StreamEvent] = list(events[:at])
        while at < len(events):
            texts = self._delivery.note_texts(events, at) if self._plain and not self._holding else 0
            if texts:
                given += events[at : at + texts]
                at += texts
            else:
                given += self._counted(events[at])
                at += 1
        return given

    def _counted(self, event: StreamEvent) -> Sequence[StreamEvent]:
        given = self._one(event)
        self._not_given += _size(event) - sum(map(_size, given))
        return given

    def _one(self, event: StreamEvent) -> Sequence[StreamEvent]:
        match event:
            case Started():
                return self._begin(event)
            case Finished():
                return [*self._rest(), event]
            case _:
                return self._taken(event)

    def _taken(self, event: Delta) -> list[StreamEvent]:
        if self._holding or (self._hold_tool_calls and isinstance(event, ToolCallStarted)):
            self._holding = True
            self._held.append(event)
            return []
        if isinstance(event, ReasoningDelta) and self._resumed is not None:
            return []  # thoughts on how to go on would stand in the middle of a text that is already being read
        return self._given(event)

    def _begin(self, event: Started) -> list[StreamEvent]:
        """The first leg's Started is the answer's; those of the others are not seen."""
        if self._delivery.begun:
            return []
        self._delivery.start(event)
        return [event]

    def _rest(self) -> list[StreamEvent]:
        held, self._held = self._held, []
        self._holding = False
        given = self._end_of_seam()
        for event in held:
            given += self._given(event)
        return given

    def _end_of_seam(self) -> list[StreamEvent]:
        """What the seam still holds back, when the leg's first text is over; what comes before it ends nothing."""
        if self._seam is None or self._seam_index is None:
            return []
        seam, self._seam = self._seam, None
        return self._text(self._seam_index, seam.end())

    def _given(self, event: Delta) -> list[StreamEvent]:
        if self._plain:
            self._delivery.note(event)
            return [event]
        if isinstance(event, TextDelta) and self._seam is not None:
            self._seam_index = self._index(event)
            return self._text(self._seam_index, self._seam.feed(event.text))
        before = self._end_of_seam()
        renumbered = msgspec.structs.replace(event, index=self._index(event))
        self._delivery.note(renumbered)
        return [*before, renumbered]

    def _text(self, index: int, text: str) -> list[StreamEvent]:
        if not text:
            return []
        event = TextDelta(index=index, text=text)
        self._delivery.note(event)
        return [event]

    def _index(self, event: Delta) -> int:
        """The answer's number of the leg's part: the text that was broken off, for the first text, or a new one."""
        if event.index not in self._indexes:
            if isinstance(event, TextDelta) and self._resumed is not None:
                self._indexes[event.index], self._resumed = self._resumed, None
            else:
                self._indexes[event.index] = self._delivery.next_index()
        return self._indexes[event.index]


def says_something(events: Sequence[StreamEvent]) -> bool:
    """Whether a model has written anything with `events`, or has ended its answer."""
    return any(_says_something(event) for event in events)


def _says_something(event: StreamEvent) -> bool:
    match event:
        case Started() | TextDelta(text=""):
            return False
        case ReasoningDelta():
            return bool(event.text or event.signature or event.redacted_data)
        case _:
            return True


def _size(event: StreamEvent) -> int:
    match event:
        case TextDelta() | ReasoningDelta():
            return len(event.text)
        case ToolCallStarted():
            return len(event.name)
        case ToolArgumentsDelta():
            return len(event.arguments)
        case _:
            return 0
