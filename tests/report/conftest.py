"""An incident in a store, in which somebody wrote a telephone number."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from casefiles import PHONE
from making import an_alert, events, somebody

from warroom.incidents import actions
from warroom.incidents.grouping import group
from warroom.model import Entity
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State
from warroom.store.lease import Lease


@pytest.fixture
def one(state: State, data_dir: Path, lease: Lease) -> int:
    """An incident on tang_rat."""
    ids = EventIds(state)
    alert = an_alert(tags=("attack.t1190",), entities=(Entity("address", "203.0.113.9"), Entity("user", "somying")))
    commit(state, data_dir, Batch("web", "s", None, "{}", 1, events(1, ids.take(1)), 1, alerts=[alert]), ids, lease)
    group(state, timedelta(hours=1))
    actions.note(state, 1, somebody("somchai"), f"the citizen called from {PHONE}")
    return 1


@pytest.fixture
def gpg() -> Iterator[list[str]]:
    """GnuPG with a home of its own: its agent's socket is there, and a socket's path has at most 107 bytes."""
    if shutil.which("gpg") is None:
        pytest.fail("gpg is missing: install Debian's package gnupg")
    with tempfile.TemporaryDirectory(prefix="g-", ignore_cleanup_errors=True) as home:
        yield ["gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
