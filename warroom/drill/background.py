"""What runs beside the people: crawlers, stray probes, health checks, agencies' batches, officers, administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.drill.citizens import GATEWAY, WALLET, WALLET_CALLS, WEB
from warroom.drill.lines import Access, Line, Message, Record
from warroom.drill.people import address_pool, citizen_hash, generator
from warroom.drill.rhythm import arrivals

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from warroom.drill.scenario import Ordinary, Partner

BASTION, AUDIT, DATABASE = "wallet_bastion", "wallet_audit", "wallet_db"
_HOST = "wallet-bastion01"
# As in real logs of small public sites: old, single, answered with "not found".
_PROBES = (
    "/wp-login.php",
    "/wp-admin/",
    "/blog/wp-admin/",
    "/wordpress/wp-admin/",
    "/administrator/index.php",
    "/user/register",
)
_CRAWLED = ("/", "/robots.txt", "/news?page=3", "/faq", "/about", "/services/141", "/sitemap.xml", "/en/")


class Background:
    """Deterministic by seed; ``second(n)`` gives the lines that begin in second ``n`` of the play."""

    def __init__(self, ordinary: Ordinary, seed: int) -> None:
        self._ordinary = ordinary
        self._seed = seed
        rng = generator(seed, "background")
        networks = [carrier.network for carrier in ordinary.carriers]
        self._crawlers = [
            (pool, agent)
            for pool, agent in zip(address_pool(rng, networks[-1], 8), ordinary.crawler_agents * 8, strict=False)
        ]
        self._strays = address_pool(rng, networks[-1], 64)
        self._desks = dict(zip(ordinary.officers, address_pool(rng, networks[-1], len(ordinary.officers)), strict=True))
        self._homes = dict(
            zip(ordinary.administrators, address_pool(rng, networks[-1], len(ordinary.administrators)), strict=True)
        )

    def second(self, second: int) -> Iterator[Line]:
        """Give the lines that begin in this second; a few end a little later."""
        rng = generator(self._seed, "background", second)
        for at in arrivals(rng, second, 1.0, self._ordinary.crawlers_per_minute / 60):
            address, agent = rng.choice(self._crawlers)
            path = rng.choice(_CRAWLED)
            status = 404 if path == "/sitemap.xml" else 200
            yield Line(at, rng.choice((WEB, WEB, WALLET)), Access(address, "GET", path, status, 4_450, agent))
        for at in arrivals(rng, second, 1.0, self._ordinary.probes_per_minute / 60):
            probe = Access(rng.choice(self._strays), "GET", rng.choice(_PROBES), 404, 153, "Mozilla/5.0")
            yield Line(at, WEB, probe)
        if second % 5 == 0:
            for log in (WEB, GATEWAY, WALLET):
                yield Line(second + 0.5, log, Access("10.20.0.5", "GET", "/healthz", 200, 2, "kube-probe/1.29"))
        for partner in self._ordinary.partners:
            if second % int(partner.every) == int(partner.every) // 2:
                yield from _batch(rng, partner, second)
        yield from self._officers(rng, second)
        yield from self._administrators(rng, second)

    def _officers(self, rng: random.Random, second: int) -> Iterator[Line]:
        """The call centre looks up one person at a time; a supervisor takes a small list now and then."""
        for at in arrivals(rng, second, 1.0, 0.25):
            actor = rng.choice(self._ordinary.officers)
            action, kind, records = ("view", "registration", 1)
            if rng.random() < 0.03:
                action, kind, records = ("export", "daily_list", rng.randint(20, 180))
            fields = {
                "actor": actor,
                "actor_type": "officer",
                "action": action,
                "object_type": kind,
                "object_id_hash": citizen_hash(rng),
                "result": "success" if rng.random() > 0.02 else "denied",
                "src_ip": self._desks[actor],
                "session_id": f"{actor}-{second // 1800}",
                "records_returned": records,
            }
            yield Line(at, AUDIT, Record(fields))
        for at in arrivals(rng, second, 1.0, 0.5):
            fields = {
                "db_user": "wallet_app",
                "client_ip": "10.20.4.11",
                "statement_class": rng.choice(("SELECT", "SELECT", "SELECT", "INSERT", "UPDATE")),
                "object": rng.choice(("registration", "citizen_ref", "eligibility")),
                "rows": rng.randint(1, 40),
                "duration_ms": int(rng.lognormvariate(1.5, 0.8)),
            }
            yield Line(at, DATABASE, Record(fields))
        if second % 300 == 150:  # the counting job reads very much, every five minutes, always from the same place
            fields = {
                "db_user": "report_job",
                "client_ip": "10.20.4.30",
                "statement_class": "SELECT",
                "object": "registration",
                "rows": rng.randint(20_000, 90_000),
                "duration_ms": rng.randint(2_000, 9_000),
            }
            yield Line(second + 0.2, DATABASE, Record(fields))

    def _administrators(self, rng: random.Random, second: int) -> Iterator[Line]:
        pid = 2_000 + second
        for at in arrivals(rng, second, 1.0, 1 / 60):
            name = rng.choice(self._ordinary.administrators)
            address, port = self._homes[name], rng.randint(32_768, 60_999)
            if rng.random() < 0.15:
                text = f"Failed password for {name} from {address} port {port} ssh2"
                yield Line(at, BASTION, Message(_HOST, "sshd", pid, text))
                at += rng.uniform(2, 6)  # noqa: PLW2901  the same person, a moment later
            key = f"SHA256:{rng.getrandbits(250):x}"[:50]
            text = f"Accepted publickey for {name} from {address} port {port} ssh2: ED25519 {key}"
            yield Line(at, BASTION, Message(_HOST, "sshd", pid, text))
            text = f"pam_unix(sshd:session): session opened for user {name}(uid=1004) by (uid=0)"
            yield Line(at + 0.05, BASTION, Message(_HOST, "sshd", pid, text))
            yield Line(
                at + 20, BASTION, Message(_HOST, "sshd", pid, f"pam_unix(sshd:session): session closed for user {name}")
            )
            yield Line(
                at + 3,
                WALLET,
                Access(
                    address,
                    "POST",
                    "/admin/login",
                    302,
                    0,
                    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                ),
            )
        if second % 60 == 1:
            for verb in ("opened", "closed"):
                text = f"pam_unix(cron:session): session {verb} for user root" + (
                    "(uid=0) by (uid=0)" if verb == "opened" else ""
                )
                yield Line(second + 0.3 + 0.2 * (verb == "closed"), BASTION, Message(_HOST, "CRON", pid + 1, text))
        for at in arrivals(rng, second, 1.0, 1 / 240):  # the internet's noise at an open port
            address, port = rng.choice(self._strays), rng.randint(32_768, 60_999)
            text = rng.choice(
                (
                    f"Connection closed by {address} port {port} [preauth]",
                    f"error: kex_exchange_identification: Connection closed by remote host {address}",
                    f"Invalid user ubnt from {address} port {port}",
                )
            )
            yield Line(at, BASTION, Message(_HOST, "sshd", pid + 2, text))


def _batch(rng: random.Random, partner: Partner, second: int) -> Iterator[Line]:
    """An agency's job: a few large pages, one after the other."""
    at = second + rng.uniform(0, 0.5)
    for _ in range(rng.randint(2, 4)):
        fields = {
            "client_id": partner.client,
            "agency_id": partner.agency,
            "cert_cn": f"{partner.client}.gov.example",
            "scope": "registration.batch",
            "api": "/api/v1/registrations/batch",
            "method": "GET",
            "status": 200,
            "records_returned": rng.randint(*partner.records),
            "latency_ms": rng.randint(900, 4_000),
            "request_id": f"{rng.getrandbits(64):016x}",
            "src_ip": partner.address,
        }
        yield Line(at, WALLET_CALLS, Record(fields))
        at += rng.uniform(1, 3)
