"""What `./run test` runs: format, lint, types, import contracts, content, tests.

./run test          everything CI checks
./run test quick    the same without the slow tests: under a minute
./run test soak     the long fault and load campaigns alone
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
#: Debian packages of the real programs that the slow tests start: command → package.
PROGRAMS = {
    "chromium": "chromium",
    "nginx": "nginx",
    "systemd-analyze": "systemd",
    "soffice": "libreoffice-writer-nogui",
    "pdftotext": "poppler-utils",
    "gpg": "gnupg",
    "rsyslogd": "rsyslog",
    "pg_ctlcluster": "postgresql",
    "java": "default-jre-headless",
    "mvn": "maven",
    "curl": "curl",
}
#: What has no command of its own: a pattern of its file below / → package.
FILES = {
    "usr/lib/*/rsyslog/lmnsd_ossl.so": "rsyslog-openssl",
    "usr/lib/*/rsyslog/omrelp.so": "rsyslog-relp",
}
# Tools are started by the interpreter: their own first lines name a path, and a checkout may have been moved.
PYTHON = str(BIN / "python")
PYTEST = [PYTHON, "-m", "pytest", "-n", "auto", "--dist", "worksteal"]
STEADY = ["--hypothesis-profile", "steady"]
CHECKS = {
    "format": [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."],
    "lint": [PYTHON, "-m", "ruff", "check", "--quiet", "."],
    "types": [PYTHON, "-m", "mypy", "--no-error-summary"],
    "imports": [PYTHON, str(BIN / "lint-imports"), "--no-logo"],
}
TESTS = {
    "quick": [*PYTEST, *STEADY, "-m", "not slow and not soak and not handed"],
    "all": [*PYTEST, *STEADY, "-m", "not soak and not handed"],
    "soak": [*PYTEST, "-n", "0", "-m", "soak"],
}


def main(arguments: list[str]) -> int:
    """Run the checks; the exit code of the first that failed, after all of them ran."""
    which = arguments[0] if arguments else "all"
    if which not in TESTS:
        sys.stderr.write(f"error: ./run test takes quick or soak, not {which}\n")
        return 2
    if which != "quick":
        install_programs()
    steps = {"tests": TESTS[which]} if which == "soak" else {**CHECKS, "tests": TESTS[which]}
    failed = [name for name, command in steps.items() if not passes(name, command)]
    if failed:
        sys.stderr.write(f"failed: {', '.join(failed)}\n")
    return 1 if failed else 0


def passes(name: str, command: list[str]) -> bool:
    """Run one step and tell how long it took."""
    sys.stdout.write(f"── {name}\n")
    sys.stdout.flush()
    began = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    sys.stdout.write(f"── {name}: {'passed' if code == 0 else 'FAILED'} in {time.monotonic() - began:.0f} s\n")
    sys.stdout.flush()
    return code == 0


def install_programs() -> None:
    """Install the real programs that tests start, where we may; else say exactly what to type."""
    missing = [package for command, package in PROGRAMS.items() if not shutil.which(command)]
    missing += [package for pattern, package in FILES.items() if not any(Path("/").glob(pattern))]
    if not missing:
        return
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if shutil.which("apt-get") and os.geteuid() == 0:
        sys.stderr.write(f"Installing for the tests: {', '.join(missing)} …\n")
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update"], check=False, **quiet)
        if subprocess.run(install, check=False, **quiet).returncode == 0:
            return
    sys.stderr.write(f"error: the tests start real programs that are missing; type:\n  sudo {' '.join(install)}\n")
    sys.exit(2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
