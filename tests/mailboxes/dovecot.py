"""A real Dovecot for tests: its own configuration, certificate and mail, on free ports of this machine."""

from __future__ import annotations

import getpass
import grp
import http.server
import json
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

USER, PASSWORD, TOKEN = "ann@example.com", "s3cret-passw0rd", "tok3n-for-ann"
_ROLES = {"Drafts": "\\Drafts", "Sent": "\\Sent", "Trash": "\\Trash", "Archive": "\\Archive"}


def missing() -> str | None:
    """Why there can be no Dovecot here; None when there can."""
    if shutil.which("dovecot") is None:
        return "no Dovecot here; apt-get install dovecot-imapd"
    return None if shutil.which("openssl") else "no openssl here"


@dataclass(slots=True)
class Dovecot:
    """A running server."""

    folder: Path
    port: int
    """Plain and STARTTLS."""
    tls_port: int
    certificate: Path
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    """Users by the access tokens that are good."""

    def tls(self) -> ssl.SSLContext:
        """Trusts the server's certificate alone."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def log(self) -> str:
        """Everything that the server has noted."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")


@contextmanager
def running() -> Iterator[Dovecot]:
    """A Dovecot with one user, stopped at the end."""
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    folder.chmod(0o755)  # its processes run as other users
    tokens = {TOKEN: USER}
    oauth = _oauth_server(tokens)
    try:
        certificate = _certificate(folder)
        port, tls_port = _free_port(), _free_port()
        configuration = _configuration(folder, port, tls_port, oauth.server_address[1])
        process = subprocess.Popen(
            ["dovecot", "-F", "-c", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _await(port, process)
            yield Dovecot(folder=folder, port=port, tls_port=tls_port, certificate=certificate, tokens=tokens)
        finally:
            process.terminate()
            process.wait(20)
    finally:
        oauth.shutdown()
        oauth.server_close()
        shutil.rmtree(folder, ignore_errors=True)


def _certificate(folder: Path) -> Path:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem"


def _configuration(folder: Path, port: int, tls_port: int, oauth_port: int) -> Path:
    root = os.geteuid() == 0
    owner = "nobody" if root else getpass.getuser()
    entry = pwd.getpwnam(owner)
    mail = folder / "mail"
    mail.mkdir()
    (folder / "users").write_text(
        f"{USER}:{{PLAIN}}{PASSWORD}:{entry.pw_uid}:{entry.pw_gid}::{mail}::\n", encoding="utf-8"
    )
    if root:
        os.chown(mail, entry.pw_uid, entry.pw_gid)
    internal = "dovecot" if root else owner
    login = "dovenull" if root else owner
    (folder / "oauth").write_text(
        f"introspection_url = http://127.0.0.1:{oauth_port}/introspect\nintrospection_mode = post\n"
        "active_attribute = active\nactive_value = true\nusername_attribute = username\n",
        encoding="utf-8",
    )
    boxes = "".join(
        f"  mailbox {name} {{\n    auto = subscribe\n    special_use = {use}\n  }}\n" for name, use in _ROLES.items()
    )
    text = f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
auth_debug = no
auth_failure_delay = 0
default_internal_user = {internal}
default_internal_group = {grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name}
default_login_user = {login}
protocols = imap
listen = 127.0.0.1
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:~/Maildir
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = {folder}/users
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
namespace inbox {{
  inbox = yes
  separator = /
{boxes}}}
"""
    path = folder / "dovecot.conf"
    path.write_text(text, encoding="utf-8")
    return path


def _oauth_server(tokens: dict[str, str]) -> http.server.ThreadingHTTPServer:
    """Says of a token whose it is (RFC 7662)."""

    class Introspection(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
            user = tokens.get(form.get("token", [""])[0])
            body = json.dumps({"active": user is not None, "username": user}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Introspection)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until it answers."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"Dovecot ended with {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as one:
                if one.recv(4):
                    return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError("Dovecot does not answer")
