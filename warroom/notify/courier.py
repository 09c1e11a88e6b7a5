"""Hands messages to a process that sends them, and ends it where it takes too long."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from warroom.errors import OutboundError
from warroom.net import Proxy
from warroom.notify.wording import Written
from warroom.settings import ROOT

#: A message has so many seconds, and all of a hand-over together at most the second number.
_SECONDS: Final = 15.0
_MOST_SECONDS: Final = 90.0
_LOOK_UP_SECONDS: Final = 0.5
#: Of the environment the process sees only this: no proxy, no password file, no home.
_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message and where it goes; the address is a secret."""

    address: str
    written: Written

    def __repr__(self) -> str:
        return "Parcel(…)"


class Courier:
    """Sends parcels.

    Args:
        allowed: addresses and networks that may be reached though they are not public, by commas.
        proxy: by which messages go that go by HTTP; None: the process that sends them connects itself.
        ended: once set, nothing is waited for any more.
        seconds: that a message may take.
    """

    def __init__(
        self,
        allowed: str = "",
        *,
        proxy: Proxy | None = None,
        ended: threading.Event | None = None,
        seconds: float = _SECONDS,
    ) -> None:
        self._allowed = [one.strip() for one in allowed.split(",") if one.strip()]
        self._proxy = proxy
        self._ended = ended or threading.Event()
        self._seconds = seconds

    def send(self, parcels: Sequence[Parcel]) -> list[str | None]:
        """Send parcels one after the other; for each why it was not taken, None where it was.

        Raises:
            OutboundError: the process that sends could not be started.
        """
        if not parcels:
            return []
        asked: dict[str, object] = {
            "allowed": self._allowed,
            "proxy": None,
            "messages": [
                {"address": one.address, "subject": one.written.subject, "body": one.written.body} for one in parcels
            ],
        }
        if self._proxy:
            variables = self._proxy.environment()
            asked["proxy"] = {"host": self._proxy.host, "port": self._proxy.port, "variables": variables}
        limit = min(_MOST_SECONDS, self._seconds * len(parcels))
        answer, hurried = self._run(json.dumps(asked).encode(), limit)
        told: list[str | None] = []
        for line in answer.splitlines()[: len(parcels)]:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                one = json.loads(line)
                told.append(None if one["ok"] else str(one["error"]))
        late = f"no answer within {limit:g} seconds" if hurried else "what sends messages ended before this one"
        return [*told, *[late] * (len(parcels) - len(told))]

    def _run(self, asked: bytes, seconds: float) -> tuple[bytes, bool]:
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        if trust := environment.get("SSL_CERT_FILE"):
            environment["REQUESTS_CA_BUNDLE"] = trust  # the library has its own name for it
        environment |= {"PYTHONPATH": str(ROOT), "HOME": os.devnull, "NETRC": os.devnull}
        command = [sys.executable, "-m", "warroom.notify.child"]
        try:
            process = subprocess.Popen(  # noqa: S603 - ourselves, with nothing of others' among the arguments
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env=environment,
            )
        except OSError as problem:
            raise OutboundError(f"what sends messages does not start: {problem.strerror}") from problem
        with process:
            deadline = time.monotonic() + seconds
            given: bytes | None = asked
            while True:
                try:
                    return process.communicate(given, timeout=_LOOK_UP_SECONDS)[0], False
                except subprocess.TimeoutExpired:
                    given = None  # it goes on by itself
                    if time.monotonic() > deadline or self._ended.is_set():
                        process.kill()
                        return process.communicate()[0], True
