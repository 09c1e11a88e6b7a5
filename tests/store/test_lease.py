from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import update

from warroom.errors import LeaseError
from warroom.settings import ROOT
from warroom.store.database import State, now_us, upsert
from warroom.store.lease import EXPIRES_AFTER_US, Lease
from warroom.store.tables import leases


def test_a_living_holder_keeps_others_out(state: State, lease: Lease, data_dir: Path) -> None:
    with pytest.raises(LeaseError, match="already writes"):
        Lease(state, data_dir).take()
    lease.release()
    Lease(state, data_dir).take()


def test_a_killed_process_loses_the_lease_at_once(state: State, data_dir: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from warroom.store.database import State; "
        "from warroom.store.lease import Lease; folder = Path(sys.argv[1]); "
        "Lease(State(f'sqlite:///{folder}/state.db'), folder).take(); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(data_dir)], stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LeaseError, match=f"process {holder.pid}"):
            Lease(state, data_dir).take()
        holder.kill()
        holder.wait()
    Lease(state, data_dir).take()


def held_elsewhere(state: State, renewed_at: int) -> None:
    with state.write() as connection:
        connection.execute(upsert(leases).values(name="writer", holder="elsewhere:1:x", renewed_at=renewed_at))


def test_a_holder_on_another_machine_keeps_the_lease_until_it_expires(state: State, data_dir: Path) -> None:
    held_elsewhere(state, now_us())
    with pytest.raises(LeaseError, match="on elsewhere"):
        Lease(state, data_dir).take()
    with state.write() as connection:
        connection.execute(update(leases).values(renewed_at=now_us() - EXPIRES_AFTER_US - 1))
    Lease(state, data_dir).take()


def test_a_holder_that_was_replaced_cannot_go_on(state: State, lease: Lease) -> None:
    with state.write() as connection:
        connection.execute(update(leases).values(holder="elsewhere:1:x"))
    with pytest.raises(LeaseError, match="took over"):
        lease.renew()
    with pytest.raises(LeaseError, match="took over"), state.write() as connection:
        lease.hold(connection)
