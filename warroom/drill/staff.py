"""What officers and administrators leave in the logs on an ordinary day, and the noise at their door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.drill.lines import Access, Line, Message, Record
from warroom.drill.people import address_pool, citizen_hash, generator
from warroom.drill.rhythm import arrivals, happens

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from warroom.drill.scenario import Ordinary

_HOST = "wallet-bastion01"
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
_SHIFT_SECONDS = 1_800
#: The counting job reads very much, every five minutes, always from the same place.
_COUNTING_SECONDS = 300


class Staff:
    """Officers, administrators and the database below them; the same for the same seed."""

    def __init__(self, ordinary: Ordinary, seed: int) -> None:
        self._seed = seed
        self._logs = ordinary.logs
        rng = generator(seed, "staff")
        network = ordinary.carriers[-1].network
        officers, administrators = ordinary.officers, ordinary.administrators
        self._desks = dict(zip(officers, address_pool(rng, network, len(officers)), strict=True))
        self._homes = dict(zip(administrators, address_pool(rng, network, len(administrators)), strict=True))
        self._strays = address_pool(rng, network, 32)

    def second(self, second: int) -> Iterator[Line]:
        """Give the lines that begin in this second of the play; a few follow in the next ones."""
        rng = generator(self._seed, "staff", second)
        yield from self._officers(rng, second)
        yield from _database(rng, self._logs.database, second)
        yield from self._administrators(rng, second)
        yield from self._door(rng, second)

    def _officers(self, rng: random.Random, second: int) -> Iterator[Line]:
        """The call centre looks up one person at a time; a small list is taken now and then."""
        for at in arrivals(rng, second, 1.0, 0.25):
            actor = rng.choice(list(self._desks))
            listed = happens(rng, 0.03)
            fields = {
                "actor": actor,
                "actor_type": "officer",
                "action": "export" if listed else "view",
                "object_type": "daily_list" if listed else "registration",
                "object_id_hash": citizen_hash(rng),
                "result": "denied" if happens(rng, 0.02) else "success",
                "src_ip": self._desks[actor],
                "session_id": f"{actor}-{second // _SHIFT_SECONDS}",
                "records_returned": rng.randint(20, 180) if listed else 1,
            }
            yield Line(at, self._logs.audit, Record(fields))

    def _administrators(self, rng: random.Random, second: int) -> Iterator[Line]:
        bastion = self._logs.bastion
        pid = 2_000 + second
        for begun in arrivals(rng, second, 1.0, 1 / 60):
            at = begun
            name = rng.choice(list(self._homes))
            address, port = self._homes[name], rng.randint(32_768, 60_999)
            if happens(rng, 0.15):
                yield _sshd(bastion, at, pid, f"Failed password for {name} from {address} port {port} ssh2")
                at += rng.uniform(2, 6)
            key = f"{rng.getrandbits(256):064x}"[:43]
            yield _sshd(
                bastion, at, pid, f"Accepted publickey for {name} from {address} port {port} ssh2: ED25519 SHA256:{key}"
            )
            opened = f"pam_unix(sshd:session): session opened for user {name}(uid=1004) by (uid=0)"
            yield _sshd(bastion, at + 0.05, pid, opened)
            yield Line(at + 3, self._logs.wallet_web, Access(address, "POST", "/admin/login", 302, 0, _BROWSER))
            yield _sshd(bastion, at + 20, pid, f"pam_unix(sshd:session): session closed for user {name}")

    def _door(self, rng: random.Random, second: int) -> Iterator[Line]:
        """The hourly jobs' sessions, and what any open port hears from the internet."""
        bastion = self._logs.bastion
        pid = 30_000 + second
        if second % 60 == 1:
            opened = "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"
            closed = "pam_unix(cron:session): session closed for user root"
            yield Line(second + 0.3, bastion, Message(_HOST, "CRON", pid, opened))
            yield Line(second + 0.5, bastion, Message(_HOST, "CRON", pid, closed))
        for at in arrivals(rng, second, 1.0, 1 / 240):
            address, port = rng.choice(self._strays), rng.randint(32_768, 60_999)
            heard = (
                f"Connection closed by {address} port {port} [preauth]",
                f"error: kex_exchange_identification: Connection closed by remote host {address}",
                f"Invalid user ubnt from {address} port {port}",
            )
            yield _sshd(bastion, at, pid + 1, rng.choice(heard))


def _database(rng: random.Random, log: str, second: int) -> Iterator[Line]:
    for at in arrivals(rng, second, 1.0, 0.5):
        fields = {
            "db_user": "wallet_app",
            "client_ip": "10.20.4.11",
            "statement_class": rng.choice(("SELECT", "SELECT", "SELECT", "INSERT", "UPDATE")),
            "object": rng.choice(("registration", "citizen_ref", "eligibility")),
            "rows": rng.randint(1, 40),
            "duration_ms": int(rng.lognormvariate(1.5, 0.8)),
        }
        yield Line(at, log, Record(fields))
    if second % _COUNTING_SECONDS == _COUNTING_SECONDS // 2:
        fields = {
            "db_user": "report_job",
            "client_ip": "10.20.4.30",
            "statement_class": "SELECT",
            "object": "registration",
            "rows": rng.randint(20_000, 90_000),
            "duration_ms": rng.randint(2_000, 9_000),
        }
        yield Line(second + 0.2, log, Record(fields))


def _sshd(bastion: str, at: float, pid: int, text: str) -> Line:
    return Line(at, bastion, Message(_HOST, "sshd", pid, text))
