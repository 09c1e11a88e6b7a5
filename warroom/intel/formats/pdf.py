"""Reads the indicators in a PDF, such as an advisory of NCSA or ThaiCERT: its text is prose."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Final

from warroom.intel.formats.pdf_child import CPU_SECONDS, MOST_TEXT
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.text import read_text
from warroom.intel.formats.wording import printable
from warroom.intel.plain import HEX_DIGITS
from warroom.settings import ROOT

#: Bytes of a PDF.
MOST_BYTES: Final = 64 << 20
#: A machine that is busy gives a process its seconds late.
_SECONDS: Final = 4 * CPU_SECONDS
_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL")
_DIGITS: Final = frozenset(HEX_DIGITS.values())
_BROKEN_NAME: Final = re.compile(r"([\[({]\.[\])}])[ \t]{0,9}\n[ \t]{0,9}(?=\w)|(?<=\w)\n([\[({]\.[\])}])")
_HEX: Final = "[0-9a-fA-F]"
_BROKEN_HASH: Final = re.compile(
    rf"(?<![0-9A-Za-z]){_HEX}{{8,128}}+(?:[ \t]{{0,9}}\n[ \t]{{0,9}}{_HEX}{{1,128}}+(?![0-9A-Za-z])){{1,1000}}+"
)


def read_pdf(content: bytes, told: Told) -> Reading:
    """Read a PDF; one without text, such as a scan, has no indicators and is refused.

    Raises:
        FormatRefusedError: it is too large, encrypted, broken or takes too long.
    """
    if len(content) > MOST_BYTES:
        raise FormatRefusedError(f"a PDF of more than {MOST_BYTES >> 20} MiB")
    head, _, text = _taken(content).partition(b"\n")
    try:
        answer = json.loads(head)
    except ValueError:
        raise FormatRefusedError(
            f"a PDF that takes more than {CPU_SECONDS} seconds to read, or too much memory"
        ) from None
    if "error" in answer:
        raise FormatRefusedError(printable(answer["error"], 300))
    if not text.strip():
        raise FormatRefusedError("a PDF without text: pictures of pages are not read")
    return read_text(_unwrapped(text.decode(errors="replace")).encode(), told, "pdf")


def _unwrapped(text: str) -> str:
    """Put together what a narrow column broke: names at a defanged dot, and hashes."""
    return _BROKEN_HASH.sub(_joined, _BROKEN_NAME.sub(r"\1\2", text))


def _joined(found: re.Match[str]) -> str:
    """Join lines of digits: all but a hash's last are of one width."""
    kept: list[str] = []
    parts = found[0].split()
    while parts:
        width = len(parts[0])
        end = 1
        while end < len(parts) and len(parts[end - 1]) == width >= len(parts[end]):
            end += 1
        whole = width not in _DIGITS and sum(map(len, parts[:end])) in _DIGITS
        kept.append(("" if whole else "\n").join(parts[:end]))
        parts = parts[end:]
    return "\n".join(kept)


def _taken(content: bytes) -> bytes:
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ} | {"PYTHONPATH": str(ROOT)}
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "warroom.intel.formats.pdf_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=environment,
        )
    except OSError as problem:
        raise FormatRefusedError(f"what reads PDFs does not start: {problem.strerror}") from problem
    with process:
        try:
            return process.communicate(content, timeout=_SECONDS)[0][: 4 * MOST_TEXT]
        except subprocess.TimeoutExpired:
            process.kill()
            return process.communicate()[0][:0]
