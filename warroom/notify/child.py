"""Sends messages by apprise in a process of its own, whose every connection is judged.

The library makes its own connections, by two others. So they are judged where none can pass: an audit hook of the
interpreter is asked before each, with the very address that is connected to, and refuses what the connector
(``warroom.net``) would refuse: this machine, its neighbours and what is only special, unless the operator allows them.
The same hook keeps the process from starting programs, and from writing or listening anywhere. A hook cannot be taken
off again, which is why this is no thread of the worker. By a proxy the hook sees only the way there: an address that
stands in a channel's own is judged before anything is sent.

Reads one JSON object from standard input: {"allowed": […], "proxy": null or {"host", "port", "variables"}, "messages":
[{"address", "subject", "body"}, …]}; writes
one line for each message in its order: {"ok": true} or {"ok": false, "error": "…"}.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import resource
import sys
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import apprise

from warroom.errors import OutboundError
from warroom.net import Address, Network, is_allowed, networks, permitted
from warroom.net_addresses import ANYWHERE, check_host

_CPU_SECONDS: Final = 60
_LONGEST_REASON: Final = 200
#: What a secret could be in a reason: words of an address.
_SECRET: Final = re.compile(r"[^/:@?&=+,\s]{4,}")
_REFUSED: Final = (
    *("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "pty.spawn"),
    *("socket.bind", "socket.sendto", "socket.sendmsg", "os.remove", "os.rename", "os.mkdir", "os.link", "os.symlink"),
    *("os.chmod", "os.chown", "os.truncate", "shutil.copyfile", "shutil.move", "ctypes.dlopen", "sqlite3.connect"),
)
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


class RefusedError(OSError):
    """What the hook refused."""


class Judge:
    """The audit hook: says no by raising; ``refused`` is the last reason. ``doors`` of a proxy are open to us."""

    def __init__(self, allowed: tuple[Network, ...], doors: frozenset[tuple[Address, int]] = frozenset()) -> None:
        self._allowed, self._doors = allowed, doors
        self.refused = ""

    def __call__(self, event: str, told: tuple[Any, ...]) -> None:
        """Judge one event of the interpreter. Raises RefusedError."""
        if event == "socket.connect":
            self._connect(told[1])
        elif event in _REFUSED:
            self._refuse(f"{event} is refused to what sends messages")
        elif event == "open" and isinstance(told[2], int) and told[2] & _WRITES and told[0] != os.devnull:
            self._refuse("writing is refused to what sends messages")

    def _connect(self, peer: object) -> None:
        try:
            # a name instead of an address would be looked up after this
            place = (ip_address(peer[0].partition("%")[0]), int(peer[1])) if isinstance(peer, tuple) else None
        except (ValueError, TypeError, AttributeError, IndexError):
            place = None
        if place is None:
            self._refuse("a connection to what is no address is refused")
        elif place not in self._doors and not is_allowed(place[0], self._allowed):
            self._refuse(f"{place[0]} may not be reached: WARROOM_OUTBOUND allows what is meant to")

    def _refuse(self, reason: str) -> None:
        self.refused = reason
        raise RefusedError(reason)


class Reasons(logging.Handler):
    """Keeps the last thing that the library complained about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a complaint."""
        self.last = record.getMessage()


def main() -> None:
    """Read, send, tell."""
    asked = json.loads(sys.stdin.buffer.read())
    # a system that takes the right to set limits away has limits of its own
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    reasons = Reasons()
    library = logging.getLogger("apprise")
    library.addHandler(reasons)
    library.propagate = False
    allowed, proxy = networks(",".join(asked["allowed"])), asked["proxy"]
    judge = Judge(allowed, _doors(proxy) if proxy else frozenset())
    # its services are loaded before: loading asks the system for much that sending does not need
    apprise.Apprise.instantiate("json://localhost")
    sys.addaudithook(judge)
    for message in asked["messages"]:
        reasons.last = judge.refused = ""
        error = _misled(message["address"], allowed) if proxy else None
        if error is None:
            error = send(message["address"], message["subject"], message["body"], judge, reasons)
        print(json.dumps({"ok": True} if error is None else {"ok": False, "error": error}), flush=True)  # noqa: T201


def _doors(proxy: dict[str, Any]) -> frozenset[tuple[Address, int]]:
    """Make a proxy known to the libraries; where it is."""
    os.environ.update(proxy["variables"])
    with contextlib.suppress(OutboundError):  # each message then says that it is not reached
        return frozenset((one, proxy["port"]) for one in permitted(proxy["host"], proxy["port"], ANYWHERE))
    return frozenset()


def _misled(address: str, allowed: tuple[Network, ...]) -> str | None:
    """Say why a channel's address may not be reached, as far as it is written there; None where it may."""
    try:
        check_host(urlsplit(address).hostname or "", allowed)
    except ValueError:
        return "the service does not understand the address: write it anew"
    except OutboundError as problem:
        return str(problem)
    return None


def send(address: str, subject: str, body: str, judge: Judge, reasons: Reasons) -> str | None:
    """Send one message; the reason where it was not taken, without anything of the address but its service."""
    asset = apprise.AppriseAsset(
        app_id="warroom",
        app_desc="warroom",
        app_url="",
        image_url_logo="",
        image_url_mask="",
        http_redirects=False,
        plugin_paths=[],
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        secure_logging=True,
    )
    try:
        service = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
        if service is None:
            return "the service does not understand the address: write it anew"
        service.request_rate_per_sec = 0  # how many go is ours to say
        taken = service.notify(
            title=subject,
            body=body,
            body_format=apprise.NotifyFormat.TEXT,
            notify_type=apprise.NotifyType.WARNING,
        )
    except Exception as problem:  # noqa: BLE001 - a library of many hands must not end the others' messages
        return judge.refused or f"{type(problem).__name__} while it was sent"
    if taken:
        return None
    return judge.refused or without_secrets(reasons.last, address) or "the service did not take it"


def without_secrets(reason: str, address: str) -> str:
    """Give a reason without any word of the address."""
    said = "".join(one if one.isprintable() else " " for one in reason)
    for word in sorted(set(_SECRET.findall(address.partition("://")[2])), key=len, reverse=True):
        said = said.replace(word, "…")
    return said[:_LONGEST_REASON]


if __name__ == "__main__":
    main()
