"""Takes the text out of a PDF in a process of its own, which can run out of time and memory without harm.

Reads the PDF from standard input. Writes to standard output one line of JSON, {"pages": 3} or {"error": "…"}, and
behind it the text, page by page.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import resource
import sys
from typing import Final

CPU_SECONDS: Final = 30
MOST_MEMORY: Final = 1 << 30
MOST_PAGES: Final = 2_000
MOST_TEXT: Final = 8 << 20


def main() -> None:
    """Read, take, write."""
    # a system that takes the right to set limits away has limits of its own
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))
    logging.disable()
    try:
        told, text = _text(sys.stdin.buffer.read())
    except MemoryError:
        told, text = {"error": f"a PDF that takes more than {MOST_MEMORY >> 20} MiB of memory"}, []
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")
    sys.stdout.buffer.writelines(page.encode(errors="replace") + b"\n" for page in text)


def _text(content: bytes) -> tuple[dict[str, object], list[str]]:
    from pypdf import PdfReader  # noqa: PLC0415 - within the limits
    from pypdf.errors import DependencyError, PyPdfError  # noqa: PLC0415 - likewise

    pages: list[str] = []
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"error": "an encrypted PDF: save it without a password"}, []
        count = len(reader.pages)
        if count > MOST_PAGES:
            return {"error": f"a PDF of {count} pages: at most {MOST_PAGES} are read"}, []
        size = 0
        for page in reader.pages:
            pages.append(page.extract_text())
            size += len(pages[-1])
            if size > MOST_TEXT:
                return {"error": f"a PDF of more than {MOST_TEXT >> 20} MiB of text"}, []
    except MemoryError:
        raise
    except (PyPdfError, DependencyError) as problem:
        return {"error": f"a broken PDF: {str(problem)[:200]}"}, []
    except Exception as problem:  # noqa: BLE001 - a broken PDF makes the library raise whatever there is
        return {"error": f"a broken PDF: {type(problem).__name__}"}, []
    return {"pages": count}, pages


if __name__ == "__main__":
    main()
