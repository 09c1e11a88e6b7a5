"""What is shipped for running it for real is taken by the real systemd and nginx, and does what it says."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.sync.client import connect

from warroom.console.headers import SecurityHeaders
from warroom.settings import ROOT, Settings

PACKAGING = ROOT / "packaging"
SERVICES = sorted((PACKAGING / "systemd").glob("*.service"))
NAME = "warroom.example.go.th"


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as they are, but for where the war room is installed: systemd looks whether programs are there."""
    for unit in (PACKAGING / "systemd").iterdir():
        text = unit.read_text().replace("/opt/warroom", str(ROOT))
        (tmp_path / unit.name).write_text(text)
    return tmp_path


@pytest.mark.slow
def test_systemd_takes_the_units(units: Path) -> None:
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(map(str, units.glob("warroom-*")))],
        capture_output=True,
        text=True,
        check=False,
    )
    about_ours = [line for line in told.stderr.splitlines() if "warroom" in line]
    assert about_ours == []
    assert len(SERVICES) == 3


@pytest.mark.slow
@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.stem)
def test_a_service_that_is_broken_into_can_do_little(service: Path, units: Path) -> None:
    """Systemd's own score, 0 (nothing to fear) to 10; a service without any care has 9.6."""
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", str(units / service.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-400:] + told.stderr


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.stem)
def test_settings_named_in_units_exist(service: Path) -> None:
    named = set(re.findall(r"WARROOM_([A-Z_]+)=", service.read_text()))
    assert named
    assert named <= {name.upper() for name in Settings.model_fields}


def test_the_console_does_not_see_the_signing_key() -> None:
    worker, console = (
        (PACKAGING / "systemd" / f"warroom-{name}.service").read_text() for name in ("worker", "console")
    )
    (key,) = re.findall(r"WARROOM_SIGNING_KEY=(\S+)", worker)
    (hidden,) = re.findall(r"InaccessiblePaths=-(\S+)", console)
    assert Path(key).is_relative_to(hidden)


# -- nginx -------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def certificate(folder: Path) -> Path:
    """Make a self-signed certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME), x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "privkey.pem").write_bytes(key.private_bytes(*form))
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return folder / "fullchain.pem"


def configuration(folder: Path, http: int, https: int, behind: int) -> Path:
    """Put the example into a whole configuration, with places and ports of this test."""
    example = (PACKAGING / "nginx" / "warroom.conf").read_text()
    for old, new in (
        ("/etc/ssl/warroom", str(folder)),
        ("/var/log/nginx", str(folder)),
        ("listen 80;", f"listen 127.0.0.1:{http};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{https} ssl;"),
        ("127.0.0.1:8501;", f"127.0.0.1:{behind};"),
    ):
        assert old in example
        example = example.replace(old, new)
    example = re.sub(r"\n    listen \[::\].*", "", example)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    path.write_text(
        f"daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\n{temporary}{example}\n}}\n"
    )
    return path


async def seen(request: Request) -> JSONResponse:
    assert request.client
    return JSONResponse({"scheme": request.url.scheme, "client": request.client.host, "host": request.headers["host"]})


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


@contextmanager
def behind_nginx(folder: Path) -> Iterator[tuple[str, str, ssl.SSLContext]]:
    """A server as the console's behind nginx with the example: its http and https addresses, and whom to trust."""
    app = Starlette(
        routes=[WebSocketRoute("/_stcore/stream", echo), Route("/{path:path}", seen)],
        middleware=[Middleware(SecurityHeaders)],
    )
    http, https = free_port(), free_port()
    trust = ssl.create_default_context(cafile=str(certificate(folder)))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="websockets-sansio"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        path = configuration(folder, http, https, listener.getsockname()[1])
        with subprocess.Popen(["nginx", "-c", str(path), "-p", str(folder)], stderr=subprocess.PIPE) as nginx:
            try:
                for _ in range(100):
                    assert nginx.poll() is None, nginx.stderr and nginx.stderr.read()
                    with socket.socket() as link:
                        if link.connect_ex(("127.0.0.1", https)) == 0:
                            break
                    time.sleep(0.05)
                yield f"http://127.0.0.1:{http}", f"https://localhost:{https}", trust
            finally:
                nginx.terminate()
                server.should_exit = True
                thread.join()


@pytest.mark.slow
def test_nginx_takes_the_example(tmp_path: Path) -> None:
    certificate(tmp_path)
    path = configuration(tmp_path, free_port(), free_port(), 8501)
    told = subprocess.run(["nginx", "-t", "-c", str(path)], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "warn" not in told.stderr


@pytest.mark.slow
def test_behind_nginx_all_is_tls_and_nobody_lies_about_the_address(tmp_path: Path) -> None:
    with behind_nginx(tmp_path) as (http, https, trust):
        led = httpx.get(f"{http}/signin?token=secret-of-ours")
        assert led.status_code == 308
        assert led.headers["location"] == f"https://{NAME}/signin?token=secret-of-ours"
        with httpx.Client(base_url=https, verify=trust) as client:
            lies = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "http"}
            answer = client.get("/signin?token=secret-of-ours", headers=lies)
            assert answer.json() == {
                "scheme": "https",
                "client": "127.0.0.1",
                "host": https.removeprefix("https://"),
            }
            assert "max-age" in answer.headers["strict-transport-security"]
            assert answer.headers.get_list("content-security-policy")[0].startswith("default-src")
            assert client.get("/metrics").status_code == 404
            assert client.post("/signin", content=b"x" * (2 << 20)).status_code == 413
            statuses = [client.get("/signin").status_code for _ in range(15)]
            assert statuses[0] == 200
            assert statuses[-1] == 429
        with connect(https.replace("https", "wss", 1) + "/_stcore/stream", ssl=trust) as websocket:
            websocket.send("สวัสดี")
            assert websocket.recv(timeout=10) == "สวัสดี"
    log = (tmp_path / "warroom.log").read_text()
    assert "/signin" in log
    assert "secret-of-ours" not in log
