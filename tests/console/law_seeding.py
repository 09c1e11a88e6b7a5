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


def answer_incidents(state: State, first: int = 1) -> None:
    """Begin the responses of four incidents, each further than the last."""
    now, second, third, fourth = now_us(), first + 1, first + 2, first + 3
    both = ["cyber", "breach"]
    for number, kinds in ((first, ["cyber"]), (second, both), (third, both), (fourth, ["breach"])):
        beginning.begin_response(state, number, OFFICER, kinds)
    one = controller_of(state, second)
    moments.set_moment(state, second, OFFICER, "occurred_at", now - 20 * HOUR, "the first line in the gateway's log")
    moments.set_moment(
        state, second, OFFICER, "informed_at", now - 19 * HOUR, "the agency's call to the duty telephone"
    )
    basis = "the first check of the logs confirmed that records had left the platform"
    moments.decide_awareness(state, second, OFFICER, one, now - 6 * HOUR, basis)
    told = SendingDetails("NCSA_K1", now - 18 * HOUR, "NCSA", "encrypted_email", reference="DGA 0102/1234")
    sending.record_sending(state, second, OFFICER, one, told, late_reason="the duty officer had to be called in")
    processor = ControllerDetails("processor", "บริษัท ผู้รับจ้างดูแลระบบ จำกัด", contact_name="คุณสมศรี")
    controllers.add_controller(state, second, OFFICER, processor, "it runs the gateway under contract")
    moments.set_moment(state, third, OFFICER, "occurred_at", now - 90 * HOUR, "the first sign in the database's audit")
    moments.set_moment(state, third, OFFICER, "informed_at", now - 80 * HOUR, "a citizen wrote a letter about it")
    duties.explain_delay(
        state, third, OFFICER, controller_of(state, third), "NCSA_K2_24H", "the letter lay over the weekend"
    )
    proof = "every record was encrypted with AES-256 and the key did not leave the vault"
    duties.decide_not_notifiable(state, fourth, OFFICER, controller_of(state, fourth), "unusable", proof)


def controller_of(state: State, incident_id: int) -> int:
    """Give the first controller of an incident."""
    with state.read() as connection:
        return controller_rows.of_incidents(connection, [incident_id])[0].id
