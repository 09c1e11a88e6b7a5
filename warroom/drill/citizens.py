"""What one honest registration leaves in the logs, from the first page to the last receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.drill.lines import Access, Line, Record
from warroom.drill.people import device_id
from warroom.drill.rhythm import happens

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from warroom.drill.people import Person
    from warroom.drill.scenario import Ordinary, Places

_ASSETS = (
    ("/assets/app.7c1f.css", 18_422),
    ("/assets/app.7c1f.js", 214_880),
    ("/assets/Sarabun-Regular.woff2", 41_236),
    ("/images/banner-registration.webp", 96_310),
    ("/images/logo.svg", 4_877),
    ("/favicon.ico", 3_638),
)
#: So many failures in a row, and the person comes back another day.
_GIVES_UP = 4
# Shares as real public sites have them: a good twentieth from the cache, some moved or gone.
_MISSING = (
    "/apple-touch-icon.png",
    "/apple-touch-icon-precomposed.png",
    "/register/",
    "/sitemap.xml",
    "/%E0%B8%A5%E0%B8%87",
)


def registration(rng: random.Random, ordinary: Ordinary, person: Person, at: float, *, busy: float) -> Iterator[Line]:
    """Give one person's lines, not in order of time.

    Args:
        rng: this registration's own generator.
        ordinary: the scenario's shares of failures and first-time users.
        person: who registers.
        at: the second of the play at which the first page opens.
        busy: load relative to the day's average; above 3 some requests are turned away.
    """
    yield from _pages(rng, ordinary.logs, person, at, busy)
    at += rng.uniform(1, 4)
    failures = _failures(rng, ordinary.failed_sign_in)
    for _ in range(failures):
        yield from _sign_in(rng, ordinary.logs, person, at, result="failure")
        at += rng.uniform(2, 9)
    if failures == _GIVES_UP:
        return
    yield from _sign_in(rng, ordinary.logs, person, at, result="success")
    if happens(rng, ordinary.new_identity):
        attempts = 1 + _failures(rng, ordinary.failed_proofing)
        for attempt in range(1, attempts + 1):
            at += rng.uniform(3, 8)
            yield from _proofing(rng, ordinary.logs, person, at, passed=attempt == attempts < _GIVES_UP)
        if attempts >= _GIVES_UP:
            return
    at += rng.uniform(3, 12)
    yield from _registering(rng, ordinary.logs, person, at, busy)


def _failures(rng: random.Random, share: float) -> int:
    """Draw how often somebody fails before it works: mostly never, at most ``_GIVES_UP`` times."""
    count = 0
    while count < _GIVES_UP and happens(rng, share if count == 0 else 0.35):
        count += 1
    return count


def _pages(rng: random.Random, logs: Places, person: Person, at: float, busy: float) -> Iterator[Line]:
    referrer = rng.choice(("-", "-", "https://www.google.com/", "https://lin.ee/", "https://www.facebook.com/"))
    status, size = _served(rng, busy, 12_600)
    yield Line(at, logs.web, Access(person.address, "GET", "/", status, size, person.agent, referrer))
    for path, full in rng.sample(_ASSETS, rng.randint(0, 3)):
        at += rng.uniform(0.02, 0.4)
        status, size = (304, 0) if happens(rng, 0.06) else (200, full)
        page = "https://www.tangrat.example/"
        yield Line(at, logs.web, Access(person.address, "GET", path, status, size, person.agent, page))
    if happens(rng, 0.022):
        path = rng.choice(_MISSING)
        status = 301 if path.endswith("/") else 404
        yield Line(at + 0.3, logs.web, Access(person.address, "GET", path, status, 328, person.agent))


def _sign_in(rng: random.Random, logs: Places, person: Person, at: float, *, result: str) -> Iterator[Line]:
    method = rng.choice(("password", "password", "otp", "biometric"))
    failed = result == "failure"
    reason = {"password": "bad_password", "otp": "otp_expired", "biometric": "no_match"}[method] if failed else ""
    status, size = (401, 214) if failed else (200, rng.randint(480, 560))
    yield Line(at, logs.gateway, Access(person.address, "POST", "/api/v2/auth/login", status, size, person.agent))
    fields = {
        "user_id_hash": person.citizen,
        "method": method,
        "aal": 2 if method != "password" else 1,
        "result": result,
        "reason": reason,
        "src_ip": person.address,
        "device_id": person.device,
        "geo": person.geo,
        "user_agent": person.agent,
    }
    yield Line(at + rng.uniform(0.01, 0.08), logs.sign_in, Record(fields))


def _proofing(rng: random.Random, logs: Places, person: Person, at: float, *, passed: bool) -> Iterator[Line]:
    """One attempt, step by step; it ends at the step that fails (bad light, a blurred card, an expired one)."""
    failing = None if passed else rng.choice(("document", "liveness", "liveness", "face"))
    expired = failing == "document" and happens(rng, 0.3)
    liveness = rng.uniform(0.3, 0.7) if failing == "liveness" else min(rng.gauss(0.94, 0.03), 0.999)
    face = rng.uniform(0.4, 0.75) if failing == "face" else min(rng.gauss(0.91, 0.04), 0.999)
    common = {
        "attempt_id": device_id(rng),
        "citizen_hash": person.citizen,
        "ial_target": "2.3",
        "device_id": person.device,
        "sdk_ver": "kiosk-2.3.1" if person.kiosk else rng.choice(("5.4.2", "5.4.2", "5.4.1", "5.3.9")),
        "src_ip": person.address,
        "channel": "walk_in_point" if person.kiosk else "app",
        "doc_check": "fail" if failing == "document" and not expired else "pass",
        "card_status": "expired" if expired else "valid",
    }
    for step, alive, like in (
        ("document", None, None),
        ("liveness", round(liveness, 3), None),
        ("face", round(liveness, 3), round(face, 3)),
    ):
        decision = "fail" if step == failing else "pass" if step == "face" else "continue"
        scores = {"step": step, "liveness_score": alive, "face_score": like, "decision": decision}
        yield Line(at, logs.proofing, Record(common | scores))
        if step == failing:
            return
        at += rng.uniform(1.0, 4.0)


def _registering(rng: random.Random, logs: Places, person: Person, at: float, busy: float) -> Iterator[Line]:
    calls = (
        (
            logs.gateway,
            logs.calls,
            "GET",
            f"/api/v2/eligibility?ref={person.citizen[:12]}",
            "/api/v2/eligibility",
            200,
            740,
        ),
        (logs.wallet_web, logs.wallet_calls, "POST", "/api/v1/registrations", "/api/v1/registrations", 201, 388),
        (logs.wallet_web, None, "GET", "/receipt?lang=th", "", 200, 5_120),
    )
    for front, behind, method, target, api, good, full in calls:
        status, size = _served(rng, busy, full, good)
        yield Line(at, front, Access(person.address, method, target, status, size, person.agent))
        if behind is not None and status == good:
            yield Line(at + rng.uniform(0.01, 0.3), behind, Record(_call(rng, person, method, api, status)))
        at += rng.uniform(0.5, 5)


def _call(rng: random.Random, person: Person, method: str, api: str, status: int) -> dict[str, object]:
    return {
        "client_id": "tangrat-kiosk" if person.kiosk else "tangrat-app",
        "agency_id": "DGA",
        "cert_cn": "app.tangrat.example",
        "scope": "registration",
        "api": api,
        "method": method,
        "status": status,
        "records_returned": 1,
        "latency_ms": int(rng.lognormvariate(4.2, 0.6)),
        "request_id": f"{rng.getrandbits(64):016x}",
        "src_ip": person.address,
    }


def _served(rng: random.Random, busy: float, size: int, good: int = 200) -> tuple[int, int]:
    """Give status and size: in the rush a few are turned away, a very few fail at any time."""
    if happens(rng, 0.0015):
        return 500, 572
    if happens(rng, min(0.04, max(0.0, busy - 3.0) * 0.02)):
        return 503, 197
    return good, size + rng.randint(-size // 20, size // 20)
