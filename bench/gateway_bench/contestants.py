"""Who is measured: what each needs installed, how it is configured for one vendor on loopback, how it is asked.

Every one is set as its own documents say for production, with one worker, since it has one core: no request logs, no
database, no call home. nginx: https://nginx.org/en/docs/http/ngx_http_proxy_module.html ·
LiteLLM: https://docs.litellm.ai/docs/proxy/prod · Portkey: https://portkey.ai/docs/product/open-source ·
TensorZero: https://www.tensorzero.com/docs/gateway/configuration-reference (all checked 2026-11-24).
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.gateway_bench import polydesk, processes
from bench.gateway_bench.installs import UnavailableError, node_modules, python_environment
from bench.gateway_bench.launch import Launch, Place
from bench.gateway_bench.vendor import MODELS

HERE = Path(__file__).parent
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
"""All that a contestant sees of our environment: no keys, no proxies, no settings of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """One gateway."""

    name: str
    """As in --only."""
    title: str
    install: Callable[[Path], Path | None]
    """Install into a folder below the given one and return it; None when there is nothing to install.
    Raises UnavailableError."""
    launch: Callable[[Place], Launch]
    version: Callable[[], str] = str
    """What it says of itself, or its pin says of it; empty when that says nothing."""
    patience_s: float = 60.0
    """How long it may take to listen."""
    warm_up_s: float = 2.0
    """How long each kind of load goes on before anything counts."""
    paced_streams: int = 200
    """Streams in the measurement of paced tokens: as many as it can follow."""


def _nothing(_: Path) -> None:
    return None


def _pinned(project: str) -> str:
    """The version in the requirement file of that name."""
    lines = (HERE / "pins" / f"{project}.txt").read_text(encoding="utf-8").splitlines()
    return next(line.split("==")[1].split()[0] for line in lines if line.startswith(f"{project}=="))


def _pinned_node(project: str) -> str:
    lock = json.loads((HERE / "pins" / "portkey" / "package-lock.json").read_text(encoding="utf-8"))
    return lock["packages"][f"node_modules/{project}"]["version"]


# The floor ----------------------------------------------------------------------------------------------------


def _direct(place: Place) -> Launch:
    """The vendor itself in the gateway's place."""
    script = str(HERE / "vendor.py")
    return Launch(command=(sys.executable, "-P", script, "--port", str(place.port)), environment=ENVIRONMENT)


NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log stderr warn; {user}
worker_rlimit_nofile 20000;
events {{ worker_connections 16000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  keepalive_requests 100000000;
  upstream vendor {{ server 127.0.0.1:{vendor_port}; keepalive 256; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=8192;
    location / {{
      proxy_pass http://vendor; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off;
    }}
  }}
}}
"""
"""Without buffering, as streamed answers need."""


def _nginx_installed(_: Path) -> None:
    if _nginx() is None:
        raise UnavailableError("not installed (Debian: apt-get install nginx-light)")


def _nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def _nginx_version() -> str:
    return processes.version_of(_nginx() or "nginx", "-v").rpartition("/")[2]


def _launch_nginx(place: Place) -> Launch:
    user = "user root;" if os.geteuid() == 0 else ""  # so that it need not become another user to read its folder
    config = place.folder / "nginx.conf"
    config.write_text(
        NGINX.format(folder=place.folder, port=place.port, vendor_port=place.vendor_port, user=user), encoding="utf-8"
    )
    command = (_nginx() or "nginx", "-p", str(place.folder), "-e", "stderr", "-c", str(config))
    return Launch(command=command, environment=ENVIRONMENT)


# Peers --------------------------------------------------------------------------------------------------------


def _launch_litellm(place: Place) -> Launch:
    """Its one master key, which it insists on, and no database: less work than it does in production."""
    key = f"sk-{secrets.token_hex(24)}"
    models = [
        {
            "model_name": name,
            "litellm_params": {"model": f"openai/{name}", "api_base": place.vendor_url, "api_key": "none"},
        }
        for name in MODELS
    ]
    settings = {"request_timeout": 600, "set_verbose": False, "json_logs": False, "telemetry": False}
    config = place.folder / "litellm.json"  # YAML reads JSON
    config.write_text(json.dumps({"model_list": models, "litellm_settings": settings}), encoding="utf-8")
    program = str(place.installed / "bin" / "litellm")
    options = ("--config", str(config), "--host", "127.0.0.1", "--port", str(place.port), "--num_workers", "1")
    environment = {
        **ENVIRONMENT,
        "HOME": str(place.folder),
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOG": "ERROR",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # the price list of the package, not of the network
        "DISABLE_ADMIN_UI": "True",
        "LITELLM_MASTER_KEY": key,
    }
    return Launch(command=(program, *options), environment=environment, headers={"Authorization": f"Bearer {key}"})


def _launch_portkey(place: Place) -> Launch:
    program = str(place.installed / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js")
    return Launch(
        command=("node", program, f"--port={place.port}", "--headless"),
        environment={**ENVIRONMENT, "HOME": str(place.folder), "NODE_ENV": "production"},
        headers={
            "Authorization": "Bearer none",
            "x-portkey-provider": "openai",
            "x-portkey-custom-host": place.vendor_url,
        },
    )


TENSORZERO = """
[gateway]
observability.enabled = false
disable_pseudonymous_usage_analytics = true
"""
TENSORZERO_MODEL = """
[models.{name}]
routing = ["vendor"]

[models.{name}.providers.vendor]
type = "openai"
model_name = "{name}"
api_base = "{vendor_url}/"
api_key_location = "none"
"""


def _launch_tensorzero(place: Place) -> Launch:
    """The HTTP gateway inside the Python package: the same server in Rust, on a port that it chooses."""
    config = place.folder / "tensorzero.toml"
    models = (TENSORZERO_MODEL.format(name=name, vendor_url=place.vendor_url) for name in MODELS)
    config.write_text(TENSORZERO + "".join(models), encoding="utf-8")
    python = str(place.installed / "bin" / "python")
    port_file = place.folder / "port"
    return Launch(
        command=(python, "-I", str(HERE / "tensorzero_gateway.py"), str(config), str(port_file)),
        environment={**ENVIRONMENT, "HOME": str(place.folder)},
        path="/openai/v1/chat/completions",
        model_prefix="tensorzero::model_name::",
        port_file=port_file,
    )


CONTESTANTS: Sequence[Contestant] = (
    Contestant(
        name="polydesk",
        title="Polydesk, all on",
        install=polydesk.checked,
        launch=polydesk.launch_all_on,
        version=polydesk.version,
    ),
    Contestant(
        name="polydesk-open",
        title="Polydesk, open",
        install=polydesk.checked,
        launch=polydesk.launch_open,
    ),
    Contestant(name="direct", title="the vendor itself", install=_nothing, launch=_direct),
    Contestant(
        name="nginx", title="nginx `proxy_pass`", install=_nginx_installed, launch=_launch_nginx, version=_nginx_version
    ),
    Contestant(
        name="tensorzero",
        title="TensorZero",
        install=lambda scratch: python_environment(scratch, HERE / "pins" / "tensorzero.txt"),
        launch=_launch_tensorzero,
        version=lambda: _pinned("tensorzero"),
    ),
    Contestant(
        name="portkey",
        title="Portkey",
        install=lambda scratch: node_modules(scratch, HERE / "pins" / "portkey"),
        launch=_launch_portkey,
        version=lambda: _pinned_node("@portkey-ai/gateway"),
        warm_up_s=10.0,  # its compiler goes on for that long
    ),
    Contestant(
        name="litellm",
        title="LiteLLM",
        install=lambda scratch: python_environment(scratch, HERE / "pins" / "litellm.txt"),
        launch=_launch_litellm,
        version=lambda: _pinned("litellm"),
        patience_s=180.0,
        warm_up_s=10.0,  # much is imported at the first requests
        paced_streams=20,
    ),
)
"""In the order of the first round."""


def installed_of(
    names: Collection[str], scratch: Path, left_out: dict[str, str]
) -> list[tuple[Contestant, Path | None]]:
    """The contestants of those names, each with its folder; who cannot be had goes to `left_out` with the reason."""
    found: list[tuple[Contestant, Path | None]] = []
    for one in CONTESTANTS:
        if one.name in names:
            try:
                found.append((one, one.install(scratch)))
            except UnavailableError as exc:
                left_out[one.name] = str(exc)
    return found
