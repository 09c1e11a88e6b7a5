"""What runs beside the people: crawlers, stray probes, health checks and the agencies' batch jobs."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

from warroom.drill.lines import Access, Line, Record
from warroom.drill.people import address_pool, generator
from warroom.drill.rhythm import arrivals

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from warroom.drill.scenario import Ordinary, Partner

# As in real logs of public sites: old paths, one at a time, answered with "not found".
_PROBES = (
    "/wp-login.php",
    "/wp-admin/",
    "/blog/wp-admin/",
    "/wordpress/wp-admin/",
    "/administrator/index.php",
    "/user/register",
)
_CRAWLED = ("/", "/robots.txt", "/news?page=3", "/faq", "/about", "/services/141", "/sitemap.xml", "/en/")
_HEALTH_SECONDS = 5


class Background:
    """The machines of good will, and the internet's noise; the same for the same seed."""

    def __init__(self, ordinary: Ordinary, seed: int) -> None:
        self._ordinary = ordinary
        self._seed = seed
        rng = generator(seed, "background")
        network = ordinary.carriers[-1].network
        self._crawlers = list(zip(address_pool(rng, network, 8), cycle(ordinary.crawler_agents), strict=False))
        self._strays = address_pool(rng, network, 64)

    def second(self, second: int) -> Iterator[Line]:
        """Give the lines that begin in this second of the play; a few follow in the next ones."""
        rng = generator(self._seed, "background", second)
        logs = self._ordinary.logs
        for at in arrivals(rng, second, 1.0, self._ordinary.crawlers_per_minute / 60):
            address, agent = rng.choice(self._crawlers)
            path = rng.choice(_CRAWLED)
            status = 404 if path == "/sitemap.xml" else 200
            yield Line(
                at,
                rng.choice((logs.web, logs.web, logs.wallet_web)),
                Access(address, "GET", path, status, 4_450, agent),
            )
        for at in arrivals(rng, second, 1.0, self._ordinary.probes_per_minute / 60):
            yield Line(
                at, logs.web, Access(rng.choice(self._strays), "GET", rng.choice(_PROBES), 404, 153, "Mozilla/5.0")
            )
        if second % _HEALTH_SECONDS == 0:
            for log in (logs.web, logs.gateway, logs.wallet_web):
                yield Line(second + 0.5, log, Access("10.20.0.5", "GET", "/healthz", 200, 2, "kube-probe/1.29"))
        for partner in self._ordinary.partners:
            if second % int(partner.every) == int(partner.every) // 2:
                yield from _batch(rng, logs.wallet_calls, partner, second)


def _batch(rng: random.Random, log: str, partner: Partner, second: int) -> Iterator[Line]:
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
        yield Line(at, log, Record(fields))
        at += rng.uniform(1, 3)
