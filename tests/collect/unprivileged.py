"""Polls once as a user who must obey permissions, whoever runs the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

from collect.watching import Watch

#: root obeys a file's mode only once it has given up its capabilities, which a program does for itself before it starts
GIVE_UP = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]


def poll_without_privileges(pattern: str) -> dict[str, list[str]]:
    """The ``lines`` read and the ``problems`` told by one poll in a process of its own."""
    command = [*(GIVE_UP if os.geteuid() == 0 else []), sys.executable, "-W", "error", __file__, pattern]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def main(pattern: str) -> None:
    watch = Watch(pattern)
    lines = [chunk.lines.to_pylist() for chunk in watch.collector.poll(datetime.now(UTC))]
    told = {"lines": [line.decode() for chunk in lines for line in chunk], "problems": watch.collector.problems}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
