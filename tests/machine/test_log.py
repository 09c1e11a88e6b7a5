"""What goes wrong inside a command that answers with data is told beside the data."""

from __future__ import annotations

import subprocess
import sys

WITHOUT_COMPILER = "import sys; sys.modules['numba'] = None; from warroom.machine.compiling import can_compile; "


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


def test_a_command_without_a_log_of_its_own_tells_standard_error() -> None:
    done = run(f"{WITHOUT_COMPILER} print(can_compile())")
    assert done.stdout == "False\n"
    assert "no compiled functions" in done.stderr


def test_a_log_that_was_set_up_is_used() -> None:
    done = run(f"{WITHOUT_COMPILER} from warroom.commands.output import log_to_stderr; log_to_stderr(); can_compile()")
    assert done.stderr.startswith('{"reason":')
