"""TensorZero's HTTP gateway from its Python package: CONFIG PORT-FILE. It writes the port it chose, and serves.

The package starts it for OpenAI's client (`patch_openai_client`): https://www.tensorzero.com/docs (checked 2026-11-24).
"""

import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tensorzero.tensorzero import _start_http_gateway

gateway = _start_http_gateway(
    config_file=sys.argv[1], clickhouse_url=None, postgres_url=None, valkey_url=None, async_setup=False
)
Path(sys.argv[2]).write_text(str(urlsplit(gateway.base_url).port))
signal.pause()
