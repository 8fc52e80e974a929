"""`polydesk serve`: the gateway for other programs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from polydesk.cli.options import PATH, config_file
from polydesk.cli.output import note


@click.command("serve")
@click.option("--config", type=PATH, help="Configuration to use; `polydesk config example` prints one.")
@click.option("--host", help="Address to listen at. Default: as configured, or 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen at. Default: as configured, or 4100.")
def command(config: Path | None, host: str | None, port: int | None) -> None:
    """Answer other programs as OpenAI and Anthropic do, with any model.

    Point any OpenAI client at http://127.0.0.1:4100/v1 and any Anthropic client at http://127.0.0.1:4100. A model is a
    name of `polydesk models`, or a plan such as `polydesk/auto`. SIGTERM and Ctrl-C let running answers finish.

    \b
    Examples:
      polydesk serve
      polydesk serve --config polydesk.toml --port 8080
      OPENAI_BASE_URL=http://127.0.0.1:4100/v1 my-program
    """
    # Imported here, for the loop and the doors are needed by no other command.
    import uvloop

    from polydesk.gateway.serve import serve

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(config or config_file(), host, port, say=note))
