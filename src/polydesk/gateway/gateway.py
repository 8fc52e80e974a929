"""The table of addresses, and everything that is not a conversation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from polydesk.core.ids import time_sortable_id
from polydesk.gateway.chat import Chat
from polydesk.gateway.desk import Desk
from polydesk.gateway.doors.base import Door
from polydesk.gateway.doors.openai_chat import OpenAIChatDoor
from polydesk.gateway.doors.table import doors
from polydesk.gateway.exchange import Exchange
from polydesk.gateway.failures import Failure, Kind
from polydesk.gateway.server.request import Reply, Request
from polydesk.gateway.vectors import Embeddings, Rerank

Page = Callable[[Request, Reply], Awaitable[None]]
REFUSALS: dict[int, Kind] = {404: "not_found", 413: "too_large", 503: "overloaded"}
"""Of what goes nowhere, or cannot be read."""


class Gateway:
    """Answers requests by their address: at the doors, and at pages that are no conversation."""

    def __init__(self, desk: Desk, exchanges: Mapping[str, tuple[type[Exchange], Door]]) -> None:
        """`exchanges` by path: what a POST there is, and in whose form it is answered."""
        self._desk = desk
        self._exchanges = exchanges
        self._pages: dict[tuple[str, str], Page] = {}
        self._below: dict[tuple[str, str], Page] = {}

    def add(self, pages: Mapping[tuple[str, str], Page]) -> None:
        """Answer `pages` too, by method and path; a path that ends with `/` stands for all below it."""
        self._pages |= pages
        self._below |= {key: page for key, page in pages.items() if key[1].endswith("/")}

    async def __call__(self, request: Request, reply: Reply) -> None:
        """Answer one request."""
        exchange = self._exchanges.get(request.path)
        if exchange is not None and request.method == "POST":
            kind, door = exchange
            await kind(self._desk, door, request, reply).answer()
            return
        page = self._page(request)
        if page is not None:
            await page(request, reply)
            return
        self.refuse(reply, *self._unknown(request))

    def refuse(self, reply: Reply, status: int, words: str, path: str) -> None:
        """Answer a request that goes nowhere, in the form of the door that its address is near."""
        request_id = time_sortable_id("req", self._desk.clock())
        failure = Failure(
            status=status, kind=REFUSALS.get(status, "invalid_request"), message=words[:1].upper() + words[1:] + "."
        )
        door = self.door_near(path)
        reply.whole(status, door.error(failure, request_id=request_id), headers={door.request_id_header: request_id})

    def door_near(self, path: str) -> Door:
        """The door whose form a client at `path` understands."""
        near = [door for address, (_, door) in self._exchanges.items() if path.startswith(address)]
        return near[0] if near else next(iter(self._exchanges.values()))[1]

    def _page(self, request: Request) -> Page | None:
        method = "GET" if request.method == "HEAD" else request.method
        exact = self._pages.get((method, request.path))
        if exact is not None:
            return exact
        below = ((key[1], page) for key, page in self._below.items() if key[0] == method)
        return next((page for path, page in below if request.path.startswith(path)), None)

    def _unknown(self, request: Request) -> tuple[int, str, str]:
        known = request.path in self._exchanges or any(path == request.path for _, path in self._pages)
        if known:
            return 405, f"{request.method} is not known at {request.path}", request.path
        return 404, f"there is nothing at {request.path}", request.path


def exchanges() -> dict[str, tuple[type[Exchange], Door]]:
    """What the gateway takes part in, by path."""
    openai = OpenAIChatDoor()
    return {
        **{path: (Chat, door) for path, door in doors().items()},
        "/v1/embeddings": (Embeddings, openai),
        "/v1/rerank": (Rerank, openai),
        "/v2/rerank": (Rerank, openai),
    }
