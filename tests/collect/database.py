"""A real PostgreSQL for tests, in a folder of its own, as a user who is not root."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from collect.fetched import free_port, run
from psycopg import sql

USER, PASSWORD = "reader", "of the tests: no secret"


class DatabaseServer:
    """A running server: ``owner`` is a connection that may do everything; ``reader`` may read what he is granted."""

    def __init__(self, certificate: Path | None = None, authority: Path | None = None) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        assert found, "PostgreSQL is missing: sudo apt-get install --no-install-recommends postgresql"
        self._bin = found[-1].parent
        # not below pytest's folder, which is its owner's alone
        self._home = Path(tempfile.mkdtemp(prefix="warroom-postgresql-"))
        self._as = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        self.port = free_port()
        if certificate is not None and authority is not None:
            shutil.copy(certificate, self._home / "server.pem")
            shutil.copy(authority, self._home / "authority.pem")
            (self._home / "server.pem").chmod(0o600)
        if self._as:
            run("chown", "-R", "65534:65534", str(self._home))
        data = self._home / "data"
        run(*self._as, self._bin / "initdb", "-D", data, "-U", "owner", "--auth=trust", "--no-sync", "-E", "UTF8")
        settings = {"fsync": "off", "listen_addresses": "127.0.0.1", "unix_socket_directories": str(self._home)}
        hosts = "local all owner trust\nhost all owner 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        if certificate is not None:
            pem = self._home / "server.pem"
            settings |= {"ssl": "on", "ssl_cert_file": str(pem), "ssl_key_file": str(pem)}
            settings |= {"ssl_ca_file": str(self._home / "authority.pem")}
            hosts = f"hostssl all certified 127.0.0.1/32 cert\n{hosts}"
        with (data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        (data / "pg_hba.conf").write_text(hosts)
        self._data = data
        self.start()
        self.owner = psycopg.connect(host="127.0.0.1", port=self.port, user="owner", dbname="postgres", autocommit=True)
        self.owner.execute(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'")
        self.owner.execute("CREATE ROLE certified LOGIN")
        self.owner.execute(f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {USER}, certified")

    def start(self) -> None:
        """Start, and wait until it answers."""
        log = self._home / "server.log"
        run(*self._as, self._bin / "pg_ctl", "-D", self._data, "-w", "-l", log, "-o", f"-p {self.port}", "start")

    def halt(self) -> None:
        """Go away, as a server that fails."""
        run(*self._as, self._bin / "pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def say(
        self, text: str, *names: str, link: psycopg.Connection | None = None, values: tuple[object, ...] | None = None
    ) -> None:
        """Say a statement as the owner; names stand in its braces, values where it says %s."""
        (link or self.owner).execute(sql.SQL(text).format(*map(sql.Identifier, names)), values)

    def link(self) -> psycopg.Connection:
        """Another connection of the owner's, with transactions."""
        return psycopg.connect(host="127.0.0.1", port=self.port, user="owner", dbname="postgres")

    def stop(self) -> None:
        """Go away for ever."""
        self.owner.close()
        command = [*self._as, self._bin / "pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop"]
        subprocess.run(command, capture_output=True, check=False)
        shutil.rmtree(self._home)


@contextmanager
def running(certificate: Path | None = None, authority: Path | None = None) -> Iterator[DatabaseServer]:
    """A server for as long as it is needed."""
    server = DatabaseServer(certificate, authority)
    try:
        yield server
    finally:
        server.stop()
