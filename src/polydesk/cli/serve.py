"""`polydesk serve`: the gateway for other programs."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

import click

from polydesk.cli.options import PATH, config_file
from polydesk.cli.output import note


@click.command("serve")
@click.option("--config", type=PATH, help="Configuration to use; `polydesk config example` prints one.")
@click.option("--host", help="Address to listen at. Default: as configured, or 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen at. Default: as configured, or 4100.")
@click.option("--workers", type=click.IntRange(1, 1_024), help="Processes that answer. Default: as configured, or 1.")
@click.pass_context
def command(ctx: click.Context, config: Path | None, host: str | None, port: int | None, workers: int | None) -> None:
    """Answer other programs as OpenAI and Anthropic do, with any model.

    Point any OpenAI client at http://127.0.0.1:4100/v1 and any Anthropic client at http://127.0.0.1:4100. A model is a
    name of `polydesk models`, or a plan such as `polydesk/auto`. SIGTERM and Ctrl-C let running answers finish.

    Several workers need records in PostgreSQL and shared limits; one that dies is started again.

    \b
    Examples:
      polydesk serve
      polydesk serve --config polydesk.toml --port 8080
      polydesk serve --config polydesk.toml --workers 4
      OPENAI_BASE_URL=http://127.0.0.1:4100/v1 my-program
    """
    from polydesk.app import look_around

    file = config or config_file()
    server = look_around(config_file=file).configuration.server
    count = workers or server.workers
    if count == 1:
        _serve(file, host, port)
    elif code := _serve_together(file, host or server.host, server.port if port is None else port, count):
        ctx.exit(code)


def _serve(file: Path | None, host: str | None, port: int | None) -> None:
    # Imported here, for the loop and the doors are needed by no other command.
    import uvloop

    from polydesk.gateway.serve import serve

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(file, host, port, say=note))


def _serve_together(file: Path | None, host: str, port: int, count: int) -> int:
    """Serve with so many workers; gives the exit code. In each worker it serves."""
    import uvloop

    from polydesk.app import look_around
    from polydesk.gateway.serve import listens_words, refuse_address, serve, url_of
    from polydesk.gateway.workers import Supervisor, refuse_unshared, shared_port

    refuse_unshared(look_around(config_file=file).configuration, count)
    with ExitStack() as stack:
        try:
            bound = stack.enter_context(shared_port(host, port))
        except OSError as exc:
            raise refuse_address(host, port, exc) from exc
        words = f"{listens_words(url_of(host, bound))} {count} workers answer."
        supervisor = Supervisor(count, on_ready=lambda: note(words), say=note)
        worker = supervisor.run()
        if worker is not None:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(serve(file, host, bound, say=note, worker=worker))
        return supervisor.code
