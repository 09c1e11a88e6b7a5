"""What `./run test` runs: format, lint, types, import contracts, content, tests.

./run test          everything CI checks
./run test quick    the same with the quick tests alone: a minute
./run test soak     the long fault and load campaigns alone
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
#: Folders and files of tests that quick leaves out, one a line.
UNHURRIED = ROOT / "tests" / "unhurried.txt"
#: Where memory can be written to as files, the room there and the memory that must be free for it.
MEMORY = Path("/dev/shm")  # noqa: S108  a folder of our own is made in it
ROOM = 3 << 30
FREE = 6 << 30
# Tools are started by the interpreter: their own first lines name a path, and a checkout may have been moved.
PYTHON = str(BIN / "python")
PYTEST = [PYTHON, "-m", "pytest", "-n", "auto", "--dist", "worksteal", "-o", "tmp_path_retention_policy=failed"]
STEADY = ["--hypothesis-profile", "steady"]
CHECKS = {
    "format": [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."],
    "lint": [PYTHON, "-m", "ruff", "check", "--quiet", "."],
    "types": [PYTHON, "-m", "mypy", "--no-error-summary"],
    "imports": [PYTHON, str(BIN / "lint-imports"), "--no-logo"],
}
LEFT_OUT = [line for line in UNHURRIED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
TESTS = {
    "quick": [
        *(*PYTEST, *STEADY, "-m", "not slow and not soak and not handed and not property"),
        *(f"--ignore=tests/{path}" for path in LEFT_OUT),
    ],
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
    with scratch(large=which == "soak") as folder:
        failed = [name for name, command in steps.items() if not passes(name, command, folder)]
    if failed:
        sys.stderr.write(f"failed: {', '.join(failed)}\n")
    return 1 if failed else 0


@contextmanager
def scratch(*, large: bool = False) -> Iterator[Path]:
    """Make a folder for what tests write, in memory where there is plenty: a disk makes every commit wait for it.

    ``large``: it may be more than memory holds.
    """
    roomy = not large and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM and available() > FREE
    with tempfile.TemporaryDirectory(prefix="w-", dir=MEMORY if roomy else None, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # a database server that runs as somebody else goes through it to its own folder
        yield Path(folder)


def available() -> int:
    """Tell how many bytes of memory are free or can be freed; 0 where that is not told."""
    told = Path("/proc/meminfo")
    lines = told.read_text(encoding="ascii").splitlines() if told.exists() else []
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))


def passes(name: str, command: list[str], scratch: Path) -> bool:
    """Run one step and tell how long it took."""
    sys.stdout.write(f"── {name}\n")
    sys.stdout.flush()
    began = time.monotonic()
    # Compiled modules are kept, whatever the machine says of it: hundreds of programs are started that need them all.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    code = subprocess.run(command, cwd=ROOT, env=kept | {"TMPDIR": str(scratch)}, check=False).returncode
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
