"""Messages leave the machine: by mail and by web, judged, in measure, again where they were not taken."""

from __future__ import annotations

import json
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from incidents.test_escalating import open_one
from making import somebody
from notify.outside import Post, Web, post, subject, text, web
from proxying import proxying

from warroom.access.keys import SecretKey
from warroom.errors import ForbiddenError, LeaseError, StoreError, UsageError
from warroom.incidents import actions, channels
from warroom.incidents.channels import opener
from warroom.model import Severity
from warroom.net import Proxy, networks
from warroom.notify.courier import Courier, Parcel
from warroom.notify.delivering import Delivery
from warroom.notify.routing import MINUTE_US, MOST_TRIES
from warroom.notify.wording import Written
from warroom.store import outbox
from warroom.store.audit import Filter, read
from warroom.store.database import State
from warroom.store.lease import Lease
from warroom.store.outbox import Channel, Message

LEAD = somebody("wipa")
KEY = SecretKey(bytes(32))
HERE = "127.0.0.1"
START = 1_795_000_000_000_000
HI = Written("เหตุการณ์ใหม่ #7", "ฝังคำสั่ง SQL\nระบบ: ทางรัฐ")


@pytest.fixture
def mail() -> Iterator[Post]:
    with post() as kept:
        yield kept


@pytest.fixture
def site() -> Iterator[Web]:
    with web() as kept:
        yield kept


def made(state: State, address: str, **changes: object) -> int:
    told: dict[str, object] = {
        "id": 0,
        "name": "room",
        "scheme": "",
        "least_severity": Severity.LOW,
        "platforms": None,
        "language": "en",
        "personal": False,
        "quiet_from": None,
        "quiet_to": None,
        "per_minute": 3,
        "enabled": True,
        "made_at": 0,
    }
    return channels.add_channel(state, LEAD, KEY, Channel(**(told | changes)), address)  # type: ignore[arg-type]


def put(state: State, channel: int, number: int, severity: Severity = Severity.HIGH, kind: str = "opened") -> None:
    told: dict[str, str | int | list[str]] = {
        "number": number,
        "title": f"Attack {number}",
        "title_th": "",
        "platform": "gdx",
        "opened_at": START,
        "drill": 0,
    }
    with state.write() as connection:
        outbox.put(connection, channel, kind, severity, told, START, incident_id=number)


def states(state: State) -> list[str]:
    with state.read() as connection:
        return [one.state for one in reversed(outbox.newest(connection, 500))]


def only(state: State) -> Message:
    with state.read() as connection:
        (one,) = outbox.newest(connection, 2)
    return one


@pytest.fixture
def delivery(state: State, lease: Lease) -> Delivery:
    return Delivery(state, lease, opener(KEY), Courier(HERE), link="https://warroom.example")


@pytest.mark.slow
def test_a_mail_and_a_call_arrive_in_words_that_people_read(mail: Post, site: Web) -> None:
    addresses = [
        f"mailto://{HERE}:{mail.port}?from=war@room.example&to=soc@dga.example",
        f"json://{HERE}:{site.port}/x",
    ]
    assert Courier(HERE).send([Parcel(one, HI) for one in addresses]) == [None, None]
    assert subject(mail.mails[0]) == HI.subject
    assert "ฝังคำสั่ง SQL" in text(mail.mails[0])
    assert (site.got[0]["title"], site.got[0]["message"]) == (HI.subject, HI.body)


@pytest.mark.slow
def test_what_may_not_be_reached_is_not_reached_and_no_secret_is_told(mail: Post, site: Web) -> None:
    addresses = [
        f"json://user:hunter2secret@localhost:{site.port}/hooksecret",
        f"json://{HERE}:{site.port}/hooksecret",
        f"json://[::ffff:{HERE}]:{site.port}/hooksecret",
        f"mailto://{HERE}:{mail.port}?from=war@room.example&to=soc@dga.example",
        "json://169.254.169.254/latest",
    ]
    errors = Courier().send([Parcel(one, HI) for one in addresses])
    assert (site.paths, mail.mails) == ([], [])
    assert all(error and "may not be reached" in error for error in errors[:2] + errors[3:])
    assert errors[2]
    assert "secret" not in json.dumps(errors)


@pytest.mark.slow
def test_messages_go_by_the_proxy_but_not_to_addresses_inside(site: Web) -> None:
    with proxying() as seen:
        seen.names["hooks.example"] = HERE
        seen.login = "Basic " + b64encode(b"warroom:of@ours").decode()
        port = int(seen.url.rpartition(":")[2])
        hosts = ("hooks.example", HERE, "0x7f.1", "[::1]", "localhost")
        parcels = [Parcel(f"json://{host}:{site.port}/hook", HI) for host in hosts]
        errors = Courier(proxy=Proxy(HERE, port, ("warroom", "of@ours"))).send(parcels)
        wrong = Courier(proxy=Proxy(HERE, port)).send(parcels[:1])
        direct = Courier(HERE, proxy=Proxy(HERE, 1, known=networks(HERE))).send(parcels[1:2])
    assert errors[0] is None
    assert all(error and "may not be reached" in error for error in errors[1:])
    assert seen.asked == [("POST", f"http://hooks.example:{site.port}/hook")] * 2
    assert wrong[0]
    assert direct == [None]
    assert site.paths == ["/hook"] * 2


@pytest.mark.slow
def test_a_redirect_is_not_followed_and_an_answer_that_refuses_is_told(site: Web) -> None:
    with web() as other:
        site.status, site.location = 307, f"http://{HERE}:{other.port}/elsewhere"
        (error,) = Courier(HERE).send([Parcel(f"json://{HERE}:{site.port}/hooksecret", HI)])
        assert error
        assert "hooksecret" not in error
        assert other.paths == []


@pytest.mark.slow
def test_a_channel_that_does_not_answer_is_tried_again_later_and_seen(
    state: State, delivery: Delivery, site: Web
) -> None:
    channel = made(state, f"json://{HERE}:{site.port}/x")
    put(state, channel, 7)
    site.status = 500
    assert delivery.run(now=START) == 0
    waiting = only(state)
    assert (waiting.state, waiting.tries, waiting.due_at) == ("waiting", 1, START + 30_000_000)
    assert waiting.error
    assert delivery.run(now=START + 29_000_000) == 0
    assert len(site.paths) == 1
    site.status = 200
    assert delivery.run(now=START + 30_000_000) == 1
    assert (only(state).state, site.got[0]["title"]) == ("sent", "High: new incident #7")
    assert site.got[0]["message"].endswith("Open it: https://warroom.example/?incident=7")
    assert delivery.run(now=START * 2) == 0


@pytest.mark.slow
def test_in_a_storm_a_channel_gets_its_measure_and_the_rest_in_one(state: State, delivery: Delivery, site: Web) -> None:
    channel = made(state, f"json://{HERE}:{site.port}/x", per_minute=3)
    for number in range(1, 44):
        put(state, channel, number, Severity.CRITICAL if number == 40 else Severity.HIGH)
    assert delivery.run(now=START) == 3
    assert [one["title"] for one in site.got] == [
        "CRITICAL: new incident #40",
        "High: new incident #1",
        "and 41 more, the worst is High",
    ]
    assert site.got[2]["message"].count("#") == 8
    assert "… and 33 more" in site.got[2]["message"]
    put(state, channel, 44)
    assert delivery.run(now=START + MINUTE_US - 1) == 0
    assert delivery.run(now=START + MINUTE_US) == 1
    assert sorted(states(state)) == ["folded"] * 41 + ["sent"] * 4


class Deaf(Courier):
    """Nobody hears: what it is given is kept and refused."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[Parcel] = []

    def send(self, parcels: object) -> list[str | None]:
        self.got += parcels  # type: ignore[operator]
        return ["deaf"] * len(parcels)  # type: ignore[arg-type]


def test_after_many_attempts_it_has_failed_and_stays_to_be_seen(state: State, lease: Lease) -> None:
    deaf = Deaf()
    delivery = Delivery(state, lease, opener(KEY), deaf)
    put(state, made(state, "json://room.example/x"), 7)
    for hour in range(40):
        delivery.run(now=START + hour * 3_600_000_000)
    assert len(deaf.got) == MOST_TRIES
    assert (only(state).state, only(state).error) == ("failed", "deaf")


def test_quiet_hours_hold_back_what_is_not_critical(state: State, lease: Lease) -> None:
    deaf = Deaf()
    delivery = Delivery(state, lease, opener(KEY), deaf)
    midnight = START - START % 86_400_000_000 + 17 * 3_600_000_000  # Bangkok's
    channel = made(state, "json://room.example/x", quiet_from=22 * 60, quiet_to=7 * 60)
    put(state, channel, 7)
    put(state, channel, 8, Severity.CRITICAL)
    delivery.run(now=midnight)
    assert [one.written.subject for one in deaf.got] == ["CRITICAL: new incident #8"]
    with state.read() as connection:
        held = next(one for one in outbox.newest(connection, 9) if one.incident_id == 7)
    assert (held.due_at, held.tries) == (midnight + 7 * 3_600_000_000, 0)


def test_a_worker_that_lost_its_lease_sends_nothing(state: State, lease: Lease, data_dir: Path) -> None:
    deaf = Deaf()
    put(state, made(state, "json://room.example/x"), 7)
    with pytest.raises(LeaseError):
        Delivery(state, Lease(state, data_dir), opener(KEY), deaf).run(now=START)
    assert (deaf.got, only(state).tries) == ([], 0)
    assert lease


def test_what_a_dead_worker_claimed_is_sent_by_the_next_one_after_a_while(state: State, lease: Lease) -> None:
    class Dies(Deaf):
        def send(self, _parcels: object) -> list[str | None]:
            raise KeyboardInterrupt

    put(state, made(state, "json://room.example/x"), 7)
    with pytest.raises(KeyboardInterrupt):
        Delivery(state, lease, opener(KEY), Dies()).run(now=START)
    deaf = Deaf()
    assert Delivery(state, lease, opener(KEY), deaf).run(now=START + 179_000_000) == 0
    assert deaf.got == []
    Delivery(state, lease, opener(KEY), deaf).run(now=START + 180_000_000)
    assert len(deaf.got) == 1


def test_an_address_is_never_stored_or_told_in_the_clear(state: State, data_dir: Path) -> None:
    number = made(state, "mailtos://soc:hunter2secret@mail.example?to=soc@dga.example")
    channels.change_address(state, LEAD, KEY, number, "jsons://room.example/othersecret")
    with state.read() as connection:
        sealed = outbox.address(connection, number)
        entries = read(connection, Filter()).entries
    assert opener(KEY)(number, sealed) == "jsons://room.example/othersecret"
    with pytest.raises(StoreError):
        opener(KEY)(number + 1, sealed)
    assert "secret" not in "".join(one.body for one in entries)
    stored = b"".join(path.read_bytes() for path in data_dir.iterdir() if path.is_file())
    assert b"hunter2secret" not in stored
    assert b"othersecret" not in stored
    channels.remove_channel(state, LEAD, number)
    assert channels.list_channels(state, LEAD) == []


def test_the_test_button_also_tries_a_channel_that_is_off(state: State, lease: Lease) -> None:
    deaf = Deaf()
    number = made(state, "json://room.example/x", enabled=False)
    put(state, number, 7)
    channels.try_channel(state, LEAD, number)
    Delivery(state, lease, opener(KEY), deaf).run()
    assert [one.written.subject for one in deaf.got] == ["Test message of the war room"]
    assert states(state) == ["dropped", "failed"]


def test_settings_of_channels_are_checked_and_only_some_may(state: State) -> None:
    number = made(state, "json://room.example/x")
    (channel,) = channels.list_channels(state, LEAD)
    for wrong in ({"per_minute": 0}, {"quiet_from": 5}, {"platforms": frozenset({"nowhere"})}, {"name": " "}):
        with pytest.raises(UsageError):
            channels.change_channel(state, LEAD, Channel(**(_fields(channel) | wrong)))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="another channel"):
        made(state, "json://room.example/y")
    with pytest.raises(ForbiddenError):
        channels.try_channel(state, somebody("anong", platforms=frozenset({"gdx"})), number)


def _fields(channel: Channel) -> dict[str, object]:
    return {name: getattr(channel, name) for name in Channel.__slots__}


def test_messages_are_forgotten_long_after_their_end(state: State, lease: Lease) -> None:
    delivery = Delivery(state, lease, opener(KEY), Deaf())
    channel = made(state, "json://room.example/x")
    for number in (7, 8):
        put(state, channel, number)
    with state.write() as connection:
        outbox.end(connection, [1], "sent", START)
    day = 86_400_000_000
    assert delivery.forget(now=START + 90 * day) == 0
    assert delivery.forget(now=START + 91 * day) == 1
    assert states(state) == ["waiting"]


@pytest.mark.slow
def test_who_says_nothing_does_not_hold_us_and_an_end_is_heard() -> None:
    with socket.create_server((HERE, 0)) as server:  # it takes connections and never says anything
        address = f"json://{HERE}:{server.getsockname()[1]}/x"
        began = time.monotonic()
        errors = Courier(HERE, seconds=1).send([Parcel(address, HI)] * 2)
        assert errors == ["no answer within 2 seconds"] * 2
        ended = threading.Event()
        ended.set()
        Courier(HERE, ended=ended, seconds=600).send([Parcel(address, HI)])
    assert time.monotonic() - began < 60


def test_nobody_is_called_for_what_was_acknowledged_meanwhile(state: State, lease: Lease) -> None:
    deaf = Deaf()
    channel = made(state, "json://room.example/x")
    taken, waits = open_one(state), open_one(state)
    for number in (taken, waits):
        put(state, channel, number, kind="escalated")
        put(state, channel, number)
    actions.acknowledge(state, taken, LEAD)
    Delivery(state, lease, opener(KEY), deaf).run(now=START)
    assert states(state) == ["dropped", "waiting", "waiting", "waiting"]
    assert sum("escalated" in one.written.subject for one in deaf.got) == 1


def test_who_is_on_call_is_called_in_quiet_hours_too(state: State, lease: Lease) -> None:
    deaf = Deaf()
    channel = made(state, "json://room.example/x", personal=True, quiet_from=0, quiet_to=1439)
    put(state, channel, 7, Severity.MEDIUM, kind="escalated")
    Delivery(state, lease, opener(KEY), deaf).run(now=START)
    assert len(deaf.got) == 1


def test_with_another_key_messages_wait_and_say_why(state: State, lease: Lease) -> None:
    deaf = Deaf()
    channel = made(state, "json://room.example/x")
    for number in range(9):
        put(state, channel, number)
    other = opener(SecretKey(bytes([1]) * 32))
    assert Delivery(state, lease, other, deaf).run(now=START) == 0
    with state.read() as connection:
        found = outbox.newest(connection, 20)
    assert {(one.state, one.tries) for one in found} == {("waiting", 0)}
    assert all(one.error and "does not open with this key" in one.error for one in found)
    Delivery(state, lease, opener(KEY), deaf).run(now=START + 300_000_000)
    assert len(deaf.got) == 3
