"""The register of contacts: what is taken, what is stale, who could be reached."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import replace

import pysequoia
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import somebody

from warroom.access import Role
from warroom.catalog.exports import load_export_words
from warroom.errors import ConflictError, ForbiddenError, NotFoundError, UsageError
from warroom.report import contacts, openpgp
from warroom.report.contact_list import take_in, to_table
from warroom.report.contacts import ContactKind, Told
from warroom.store import contacts as rows
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.database import State, now_us
from warroom.store.views.contacts import in_time, register, reminders

LEAD = somebody("somchai")
AGENCY = Told("agency", "กรมตัวอย่าง", "Somsri", "Director", "somsri@example.go.th", cii=True, platforms=("tang_rat",))
MINUTE = 60_000_000
DAY = 86_400_000_000


def stored(state: State, number: int) -> rows.Contact:
    with state.read() as connection:
        return rows.get(connection, number)


def test_a_contact_is_entered_changed_checked_and_taken_out(state: State) -> None:
    number = contacts.add_contact(state, LEAD, replace(AGENCY, agency="  กรมตัวอย่าง\n"))
    before = stored(state, number)
    assert before.told == AGENCY
    contacts.change_contact(state, LEAD, before, replace(AGENCY, phone="02-123-4567"))
    with pytest.raises(ConflictError, match="somebody else"):
        contacts.change_contact(state, LEAD, before, AGENCY)
    assert stored(state, number).told.phone == "02-123-4567"
    contacts.check_contact(state, somebody("wipa"), number)
    assert stored(state, number).checked_by == "wipa"
    contacts.remove_contact(state, LEAD, number)
    for again in (contacts.remove_contact, contacts.check_contact):
        with pytest.raises(ConflictError, match="taken out"):
            again(state, LEAD, number)
    assert register(state, now=now_us(), stale_days=90).total == 0
    with state.read() as connection:
        entries = read(connection, Filter(actions=[AuditAction.CONTACT_CHANGED])).entries
    assert len(entries) == 4
    assert "example.go.th" not in "".join(one.body for one in entries)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "friend"},
        {"agency": " "},
        {"email": "a b@c"},
        {"email": "", "phone": "", "channel": ""},
        {"platforms": ("atlantis",)},
        {"note": "x" * 2_001},
        {"name": "half a \ud800"},
        {"pgp_key": "my key"},
        {"pgp_key": "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----"},
        {"pgp_key": "-----BEGIN PGP PUBLIC KEY BLOCK-----" + "x" * 200_000},
    ],
)
def test_what_is_no_contact_is_refused(state: State, wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        contacts.add_contact(state, LEAD, replace(AGENCY, **wrong))  # type: ignore[arg-type]
    assert register(state, now=now_us(), stale_days=90).total == 0


def test_a_key_is_shown_by_its_fingerprint_and_a_private_one_is_never_kept(state: State) -> None:
    pair = pysequoia.Tsk.generate("NCSA <ncsa@example.go.th>", validity_seconds=400 * 86_400)
    public = str(pair.extract_certificate())
    key = openpgp.check_key(public, now_us())
    assert key.fingerprint == pair.extract_certificate().fingerprint.upper()
    assert key.names == ("NCSA <ncsa@example.go.th>",)
    assert key.expires_at is not None
    with pytest.raises(UsageError, match="private key"):
        contacts.add_contact(state, LEAD, replace(AGENCY, pgp_key=str(pair)))
    # somebody calls a private key public: nothing but its public part is kept
    disguised = str(pair).replace("PRIVATE", "PUBLIC")
    number = contacts.add_contact(state, LEAD, replace(AGENCY, pgp_key=disguised))
    assert len(stored(state, number).told.pgp_key) < len(disguised) * 0.95
    two = public + "\n" + str(pysequoia.Tsk.generate("other").extract_certificate())
    with pytest.raises(UsageError, match="one OpenPGP key"):
        contacts.add_contact(state, LEAD, replace(AGENCY, pgp_key=two))
    with pytest.raises(UsageError, match="it expired on"):
        openpgp.check_key(public, key.expires_at)


PUBLIC = str(pysequoia.Tsk.generate("NCSA <ncsa@example.go.th>").extract_certificate())
RAW = bytes(pysequoia.Cert.from_bytes(PUBLIC.encode()))


@given(st.lists(st.tuples(st.integers(0, len(RAW) - 1), st.integers(0, 255)), max_size=4), st.integers(1, len(RAW)))
def test_a_damaged_key_is_refused_in_one_line(changed: list[tuple[int, int]], length: int) -> None:
    data = bytearray(RAW)
    for place, value in changed:
        data[place] = value
    inner = base64.encodebytes(bytes(data[:length])).decode()
    try:
        openpgp.check_key(f"{PUBLIC.splitlines()[0]}\n\n{inner}{PUBLIC.splitlines()[-1]}\n", now_us())
    except UsageError as problem:
        assert "\n" not in str(problem)  # noqa: PT017 - it may also be taken


def test_a_key_ends_with_its_last_part_that_encrypts(gpg: list[str]) -> None:
    def run(*arguments: str) -> str:
        return subprocess.run([*gpg, *arguments], check=True, capture_output=True, timeout=60).stdout.decode()

    run("--quick-generate-key", "a@example.go.th", "ed25519", "sign", "never")
    listed = run("--list-keys", "--with-colons").splitlines()
    name = next(line.split(":")[9] for line in listed if line.startswith("fpr"))
    with pytest.raises(UsageError, match="cannot encrypt"):
        openpgp.check_key(run("--armor", "--export"), now_us())
    run("--quick-add-key", name, "cv25519", "encr", "2d")
    public = run("--armor", "--export")
    end = openpgp.read_key(public).expires_at
    assert end is not None
    assert now_us() + DAY < end < now_us() + 3 * DAY
    with pytest.raises(UsageError, match="it expired on"):
        openpgp.check_key(public, end)
    run("--quick-add-key", name, "cv25519", "encr", "never")
    assert openpgp.read_key(run("--armor", "--export")).expires_at is None


def test_who_was_not_checked_for_so_long_is_stale(state: State) -> None:
    number = contacts.add_contact(state, LEAD, AGENCY)
    days = load_export_words().stale_days
    assert days == 90
    at = stored(state, number).checked_at
    for now, stale in ((at + days * DAY - 1, 0), (at + days * DAY, 1)):
        told = register(state, now=now, stale_days=days)
        assert (told.total, told.stale, told.rows[0].stale) == (1, stale, bool(stale))
        assert len(reminders(state, now=now, stale_days=days)) == stale
    assert register(state, now=at, stale_days=days, kind="dpo").total == 0


def test_drills_of_reaching_somebody_say_whether_it_was_in_time(state: State) -> None:
    number = contacts.add_contact(state, LEAD, AGENCY)
    at = now_us()
    contacts.enter_drill(state, LEAD, number, at - 200 * MINUTE, at - 140 * MINUTE, "answered")
    contacts.enter_drill(state, LEAD, number, at - 100 * MINUTE, at - 39 * MINUTE)
    contacts.enter_drill(state, LEAD, number, at - 30 * MINUTE, None, "nobody")
    (row,) = register(state, now=at, stale_days=90).rows
    assert [in_time(one, 60 * MINUTE) for one in row.drills] == [False, False, True]
    for called, reached in ((at + 60 * MINUTE, None), (at, at - MINUTE)):
        with pytest.raises(UsageError):
            contacts.enter_drill(state, LEAD, number, called, reached)
    with pytest.raises(NotFoundError):
        contacts.enter_drill(state, LEAD, 99, at, None)


def test_only_who_manages_contacts_changes_them(state: State) -> None:
    for role in (Role.ANALYST, Role.VIEWER, Role.ADMINISTRATOR):
        with pytest.raises(ForbiddenError):
            contacts.add_contact(state, somebody("x", role), AGENCY)
    for role in (Role.LIAISON, Role.DPO):
        contacts.add_contact(state, somebody("x", role), replace(AGENCY, kind=ContactKind.DPO))


def test_the_register_goes_out_as_a_table_and_comes_in_whole_or_not_at_all(state: State) -> None:
    odd = replace(AGENCY, agency="=cmd()", note="'a', \"b\"\nc", channel="@line", pgp_key="")
    for told in (AGENCY, odd):
        contacts.add_contact(state, LEAD, told)
    written = to_table([row.contact for row in register(state, now=now_us(), stale_days=90).rows])
    assert b"\n=cmd" not in written
    assert take_in(state, LEAD, written) == 2
    kept = [row.contact.told for row in register(state, now=now_us(), stale_days=90).rows]
    assert sorted(kept, key=lambda told: told.agency) == sorted(
        [AGENCY, AGENCY, odd, odd], key=lambda told: told.agency
    )
    for wrong, told in (
        (written.replace(b"agency,", b"agencies,", 1), "no column agencies"),
        (written + b"friend,x,,,a@b,,,,,,no,\r\n", "a contact is one of"),
        (written + b"ncsa,x\r\n", "too few values"),
        (b"\xff\xfe", "UTF-8"),
    ):
        with pytest.raises(UsageError, match=told):
            take_in(state, LEAD, wrong)
    assert register(state, now=now_us(), stale_days=90).total == 4
