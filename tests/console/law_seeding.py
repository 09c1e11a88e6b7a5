"""Incidents as an office answers them in law: clocks that run, one that passed, one that was stopped, an exemption."""

from __future__ import annotations

from making import somebody

from warroom.access import Role
from warroom.respond import beginning, controllers, duties, moments, sending
from warroom.store import controllers as controller_rows
from warroom.store.controllers import ControllerDetails
from warroom.store.database import State, now_us
from warroom.store.sendings import SendingDetails

HOUR = 3_600_000_000
OFFICER = somebody("somchai", Role.SHIFT_LEAD, Role.LIAISON, Role.DPO)


def answer_incidents(state: State) -> None:
    """Begin the responses of incidents 1 to 4, each further than the last."""
    now = now_us()
    for number, kinds in ((1, ["cyber"]), (2, ["cyber", "breach"]), (3, ["cyber", "breach"]), (4, ["breach"])):
        beginning.begin_response(state, number, OFFICER, kinds)
    one = controller_of(state, 2)
    moments.set_moment(state, 2, OFFICER, "occurred_at", now - 20 * HOUR, "the first line in the gateway's log")
    moments.set_moment(state, 2, OFFICER, "informed_at", now - 19 * HOUR, "the agency's call to the duty telephone")
    basis = "the first check of the logs confirmed that records had left the platform"
    moments.decide_awareness(state, 2, OFFICER, one, now - 6 * HOUR, basis)
    told = SendingDetails("NCSA_K1", now - 18 * HOUR, "NCSA", "encrypted_email", reference="DGA 0102/1234")
    sending.record_sending(state, 2, OFFICER, one, told, late_reason="the duty officer had to be called in")
    processor = ControllerDetails("processor", "บริษัท ผู้รับจ้างดูแลระบบ จำกัด", contact_name="คุณสมศรี")
    controllers.add_controller(state, 2, OFFICER, processor, "it runs the gateway under contract")
    moments.set_moment(state, 3, OFFICER, "occurred_at", now - 90 * HOUR, "the first sign in the database's audit")
    moments.set_moment(state, 3, OFFICER, "informed_at", now - 80 * HOUR, "a citizen wrote a letter about it")
    duties.explain_delay(state, 3, OFFICER, controller_of(state, 3), "NCSA_K2_24H", "the letter lay over the weekend")
    proof = "every record was encrypted with AES-256 and the key did not leave the vault"
    duties.decide_not_notifiable(state, 4, OFFICER, controller_of(state, 4), "unusable", proof)


def controller_of(state: State, incident_id: int) -> int:
    """Give the first controller of an incident."""
    with state.read() as connection:
        return controller_rows.of_incidents(connection, [incident_id])[0].id
