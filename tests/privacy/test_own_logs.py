"""No identifier of a person leaves by the product's own logs, through whichever door a record comes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from warroom.privacy import Kind, pseudonym
from warroom.privacy.own_logs import LONGEST, OwnLogs

KEY = bytes(range(32))
CITIZEN = "1101700203450"
NAMED = pseudonym(Kind.CITIZEN_ID, CITIZEN, KEY)
OWN = OwnLogs(KEY)
BEGIN = f"""
import sys
from warroom.commands.output import log_to_stderr
log_to_stderr(bytes(range(32)), whole_process=True)
CITIZEN = {CITIZEN!r}
"""


def logged(code: str) -> str:
    """What a process of its own wrote to standard error."""
    done = subprocess.run([sys.executable, "-c", BEGIN + code], capture_output=True, text=True, check=False)
    assert done.stdout == ""
    return done.stderr


def event(**values: object) -> dict[str, object]:
    return dict(OWN(None, "info", {"event": "x", **values}))


def test_an_identifier_becomes_the_same_keyed_hash_everywhere() -> None:
    assert (
        OWN.text(f"Key (cid)=({CITIZEN}) exists, 1-1017-00203-45-0 too") == f"Key (cid)=({NAMED}) exists, {NAMED} too"
    )
    assert event(reason=f"user {CITIZEN}", event=f"for {CITIZEN}") == {
        "event": f"for {NAMED}",
        "reason": f"user {NAMED}",
    }
    assert event(**{CITIZEN: "x"}) == {"event": "x", NAMED: "x"}


@pytest.mark.parametrize(
    "value",
    [[CITIZEN], (1, CITIZEN), {"a": {"b": CITIZEN}}, {CITIZEN: 1}, {CITIZEN}, ValueError(CITIZEN), int(CITIZEN)],
)
def test_wherever_in_a_value_it_stands(value: object) -> None:
    shown = str(event(cid=value))
    assert CITIZEN not in shown
    assert NAMED in shown


def test_what_is_nobodys_stays_what_it_is() -> None:
    told = {"feeds": 3, "seconds": 1.5, "ok": True, "none": None, "at_us": 1_795_341_234_567_890, "rules": [1, "a"]}
    assert event(**told) == {"event": "x", **told}


def test_an_account_number_is_known_by_its_key_alone() -> None:
    assert event(account_no=1234567890) == {"event": "x", "account_no": pseudonym(Kind.ACCOUNT, "1234567890", KEY)}


def test_without_a_key_it_is_masked() -> None:
    assert OwnLogs(None).text(f"cid={CITIZEN}") == "cid=x-xxxx-xxxx3-45-x"


@pytest.mark.parametrize("before", range(LONGEST - 14, LONGEST + 1))
def test_no_half_of_one_is_left_where_a_long_text_is_cut(before: int) -> None:
    shown = OWN.text(f"{'a ' * (before // 2)}{' ' * (before % 2)}{CITIZEN} and {'b ' * LONGEST}")
    assert len(shown) == LONGEST + 1
    assert not any(CITIZEN[:length] in shown for length in range(4, 14))


def test_structured_records_of_ours() -> None:
    told = logged("from warroom.machine.log import log\nlog().error('feed failed', reason=f'bad line: {CITIZEN}', n=5)")
    assert json.loads(told)["reason"] == f"bad line: {NAMED}"
    assert json.loads(told)["n"] == 5


@pytest.mark.parametrize(
    "code",
    [
        "import logging; logging.getLogger('uvicorn.error').warning('%s asked', CITIZEN)",
        "import logging; logging.getLogger('x').warning('%d args for one', CITIZEN)",  # does not fit its template
        "import logging\nlogging.getLogger('x').error('no', exc_info=ValueError('user ' + CITIZEN))",
        "import logging\ntry: raise ValueError(CITIZEN)\nexcept ValueError: logging.getLogger('x').exception('no')",
        "import warnings; warnings.warn('user ' + CITIZEN)",
        "raise ValueError('user ' + CITIZEN)",
        "import threading\nt = threading.Thread(target=lambda: {}['user ' + CITIZEN]); t.start(); t.join()",
    ],
)
def test_records_of_others_and_errors_that_nobody_caught(code: str) -> None:
    told = logged(code)
    assert CITIZEN not in told
    assert "citizen_id#" in told
