"""Writes docs/dependencies.md from the lock: `.venv/bin/python tests/dependencies.py`.

Names, versions and who asks for them come from requirements.txt, reasons from pyproject.toml, licences from what each
installed package says of itself; where one is not installed here (other systems), the page keeps what it said.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "dependencies.md"
#: Licences under which a package may come with Apache-2.0 code that governments run and pass on.
ALLOWED: Final = re.compile(
    r"0BSD|Apache|BSD|CC0|ISC|LGPL|Lesser General Public|LLVM|MIT|Mozilla|MPL|PSF|Zlib|HPND", re.IGNORECASE
)

_PIN: Final = re.compile(r"(?P<name>[a-z0-9.-]+)==(?P<version>[^ ;\\]+)")
_VIA: Final = re.compile(r"    # (?:via|  ) ?(?P<by>[a-z][a-z0-9.-]*)")
_HEAD: Final = """# Dependencies

Made from `requirements.txt` by `.venv/bin/python tests/dependencies.py`; a test keeps both in step. Every package is
pinned with the hashes of its files, and `./run` installs nothing else. Test and lint tools are in
`tests/requirements.txt` and never run in production.

**Advisories.** `.venv/bin/python tests/advisories.py` asks OSV, the service of `pip-audit -s osv`, about every pinned
version: names and versions leave the machine, nothing else. It is believed only if it also knows a hole that everybody
knows, so that a proxy or a mirror that answers "none" to everything does not pass. Exit 1 names what has a hole. Where
no service is reached, the list of the last time answers (`packaging/advisories.json`): holes in it still fail; that it
is older than 30 days, or lacks a package of today's lock, is a warning and does not fail. Whoever releases runs it with
`--record`, which writes the list and its day, and answers a hole by a newer version (`./run lock`) or, under `answers`,
by the reason why it does not concern us. `./run test` asks nobody: it gives the same answer without a network.

Nobody has looked the packages through yet: where this page was written no service of advisories is reached.

| package | version | licence | why |
| --- | --- | --- | --- |
"""


@dataclass
class Package:
    """A package of the lock: its versions (systems may differ), and who asks for it."""

    name: str
    versions: list[str]
    asked_by: list[str]


def locked() -> list[Package]:
    """Give the packages of the lock, by name."""
    found: dict[str, Package] = {}
    latest: Package | None = None
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if pin := _PIN.match(line):
            latest = found.setdefault(pin["name"], Package(pin["name"], [], []))
            latest.versions.append(pin["version"])
        elif latest is not None and (by := _VIA.match(line)) and by["by"] not in latest.asked_by:
            latest.asked_by.append(by["by"])
    return sorted(found.values(), key=lambda package: package.name)


def reasons() -> dict[str, str]:
    """Give why each direct dependency is there: the comment above its group in pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = text.partition("\ndependencies = [\n")[2].partition("\n]")[0]
    told: dict[str, str] = {}
    why = ""
    for line in block.splitlines():
        if line.startswith("  # "):
            why = line.removeprefix("  # ")
        elif found := re.match(r'  "([a-z0-9-]+)', line):
            told[found[1]] = why
    direct = tomllib.loads(text)["project"]["dependencies"]
    assert {re.split(r"[<>=;! \[]", one)[0] for one in direct} == set(told)
    return told


def licence(name: str, before: str) -> str:
    """Give what an installed package says of its licence; ``before`` where it is not installed here."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return before
    classes = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier", []) if one.startswith("License :: ")]
    named = [one for one in classes if one != "OSI Approved"]
    written = (told.get("License") or "").partition("\n")[0]
    return told.get("License-Expression") or ", ".join(named) or written or "not said"


def licences() -> dict[str, str]:
    """Give the licences as the page has them."""
    rows = re.findall(r"^\| ([a-z0-9.-]+) \| \d[^|]* \| ([^|]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


def page() -> str:
    """Give the page, in Markdown."""
    before = licences() if PAGE.exists() else {}
    why = reasons()
    rows = []
    for package in locked():
        reason = why.get(package.name) or f"for {', '.join(package.asked_by)}"
        kind = licence(package.name, before.get(package.name, "not said"))
        rows.append(f"| {package.name} | {', '.join(package.versions)} | {kind} | {reason} |\n")
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
