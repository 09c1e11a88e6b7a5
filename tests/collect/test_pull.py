"""What an address hands out is taken page by page, each record once, whoever goes away in the middle."""

from __future__ import annotations

import gzip
import json
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from collect.asked import Api, serving
from collect.authority import Authority
from collect.keeping import COMMITTED, REFUSED, Keeper, faults_of, feed_of
from proxying import proxying

from warroom.collect.json_list import NoListError, elements, pointed
from warroom.collect.pull_place import MOST_SEEN, Place
from warroom.net import proxy_from
from warroom.settings import Settings


@pytest.fixture
def api() -> Iterator[Api]:
    with serving(Api()) as found:
        yield found


CURSOR = "url: {url}/cursor, records: /data/items, page: cursor, page_from: /meta/next"
WAYS = {
    "cursor": CURSOR,
    "link header": "url: {url}/link, records: lines, page: link",
    "link field": "url: {url}/field, records: /items, page: link, page_from: /next",
    "number": "url: {url}/number, page: number, page_size: 3",
    "offset": "url: {url}/offset, page: offset",
    "all at once": "url: {url}/all",
    "all at once, by id": "url: {url}/all, id: /id",
    "time": "url: {url}/since, records: /data/items, page: cursor, page_from: /meta/next, id: /id,"
    " since_parameter: since, since_field: /time",
}


def keeping(folder: Path, api: Api, keys: str) -> Keeper:
    return Keeper(feed_of(folder, f"collect: {{transport: pull, {keys.format(url=api.url)}}}"))


def ids(lines: list[bytes]) -> list[int]:
    return [json.loads(line)["id"] for line in lines]


def again(keeper: Keeper) -> None:
    """Forget that it has to wait, as time would."""
    keeper.collector._patience.worked()  # noqa: SLF001
    keeper.collector._not_before = 0.0  # noqa: SLF001


def stamped(api: Api, count: int, at: datetime) -> None:
    for number in range(count):
        api.add(1, time=f"{at + timedelta(seconds=number):%Y-%m-%dT%H:%M:%S.%fZ}")


NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


@pytest.mark.parametrize("way", WAYS)
def test_every_record_comes_once_as_the_list_grows_and_the_worker_dies(tmp_path: Path, api: Api, way: str) -> None:
    keeper = keeping(tmp_path, api, WAYS[way])
    assert keeper.poll() == []
    for count in (1, 1, 5, 0, 3, 2, 7):
        stamped(api, count, NOW + timedelta(seconds=10 * len(api.records)))
        keeper.poll()
        assert ids(keeper.lines) == list(range(len(api.records))), keeper.problems
    for number, how in enumerate((REFUSED, COMMITTED, REFUSED, COMMITTED)):
        stamped(api, 4, NOW + timedelta(seconds=10 * len(api.records)))
        keeper.crash(number % 2, how)
        keeper.restart(process=True)
        keeper.poll()
        assert ids(keeper.lines) == list(range(len(api.records)))
    assert keeper.problems == []


def test_identical_records_are_as_many_as_there_are(tmp_path: Path, api: Api) -> None:
    keeper = keeping(tmp_path, api, CURSOR)
    for count in (2, 5, 1):
        api.records += [{"same": 1}] * count
        keeper.poll()
        assert len(keeper.lines) == len(api.records)


def test_records_stay_as_they_were_written(tmp_path: Path, api: Api) -> None:
    keeper = keeping(tmp_path, api, "url: '{url}/all', records: /a~1b/0/items")
    body = b'{"x": [1], "a/b": [1]}'
    api.answers = [(200, {}, body)]
    keeper.poll()
    assert "no list at /a~1b/0/items" in keeper.problems[0]
    again(keeper)
    keeper = keeping(tmp_path, api, "url: '{url}/all', records: /data/items")
    body = b'{"x": "]{", "data": {"items": [ {"n": 1.10,\n  "big": 123456789012345678901}, "text" , 7]}}'
    api.answers = [(200, {}, body)]
    assert keeper.poll() == [b'{"n": 1.10,"big": 123456789012345678901}', b'"text"', b"7"]


def test_by_a_proxy_names_are_its_to_look_up(tmp_path: Path, api: Api) -> None:
    api.add(2)
    feed = feed_of(tmp_path, f"collect: {{transport: pull, url: 'http://logs.example:{api.port}/all'}}")
    with proxying() as seen:
        seen.names["logs.example"] = "127.0.0.1"
        keeper = Keeper(feed, allowed="", proxy=proxy_from(Settings(proxy=seen.url)))
        assert ids(keeper.poll()) == [0, 1]
    assert seen.asked == [("GET", f"http://logs.example:{api.port}/all")]


def test_packed_answers_are_taken_and_bombs_are_not(tmp_path: Path, api: Api) -> None:
    keeper = keeping(tmp_path, api, "url: {url}/all, records: lines")
    packed = gzip.compress(b'{"id": 1}\n')
    api.answers = [
        (200, {"Content-Encoding": "gzip"}, packed),
        (200, {"Content-Encoding": "gzip"}, packed[:-4]),
        (200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * (40 << 20), mtime=0)),
    ]
    assert ids(keeper.poll()) == [1]
    assert api.asked[0][1]["accept-encoding"] == "gzip"
    keeper.poll()
    assert "half an answer" in keeper.problems[0]
    again(keeper)
    keeper.poll()
    assert "more than 33554432 bytes" in keeper.problems[0]


def test_half_answers_and_faults_of_the_server_lose_nothing(tmp_path: Path, api: Api) -> None:
    keeper = keeping(tmp_path, api, CURSOR)
    api.add(7)
    api.cut = 1
    assert keeper.poll() == []
    assert keeper.problems
    for status in (500, 404, 403, 410):
        again(keeper)
        api.answers = [(status, {}, b"sorry")]
        assert keeper.poll() == []
        assert f"answers {status}" in keeper.problems[0]
    for body in (b'{"data": {"items": [{"id": 1}', b"[" * 100_000, b"", b'{"data": {"items": 7}}', b"\xff"):
        again(keeper)
        api.answers = [(200, {}, body)]
        assert keeper.poll() == []
        assert keeper.problems
    again(keeper)
    assert ids(keeper.poll()) == list(range(7))
    assert keeper.problems == []


def test_a_server_that_goes_away_is_left_alone_for_a_while(tmp_path: Path) -> None:
    api = Api()
    with serving(api):
        keeper = keeping(tmp_path, api, CURSOR)
        api.add(4)
        keeper.poll()
    api.add(2)
    began = time.monotonic()
    keeper.poll()
    assert "ConnectError" in keeper.problems[0]
    assert "127.0.0.1" in keeper.problems[0]
    with serving(api):
        assert keeper.poll() == []  # not asked again at once
        assert keeper.problems
        again(keeper)
        assert ids(keeper.poll()) == [4, 5]
    assert keeper.problems == []
    assert time.monotonic() - began < 60


def test_who_says_wait_is_not_asked_before(tmp_path: Path, api: Api) -> None:
    keeper = keeping(tmp_path, api, CURSOR)
    api.add(1)
    api.answers = [(429, {"Retry-After": "120"}, b""), (503, {"Retry-After": "Wed, 21 Oct 2065 07:28:00 GMT"}, b"")]
    keeper.poll()
    assert "asked again in 120 seconds" in keeper.problems[0]
    assert keeper.poll() == []
    assert len(api.asked) == 1
    again(keeper)
    keeper.poll()
    assert "asked again in 3600 seconds" in keeper.problems[0]
    again(keeper)
    assert ids(keeper.poll()) == [0]


def test_what_has_not_changed_is_not_sent_again(tmp_path: Path, api: Api) -> None:
    api.tags = True
    api.add(2)
    keeper = keeping(tmp_path, api, WAYS["all at once"])
    assert ids(keeper.poll()) == [0, 1]
    assert keeper.poll() == []
    assert api.asked[1][1]["if-none-match"].startswith('"')
    api.add(1)
    assert ids(keeper.poll()) == [2]
    api.add(1)
    assert keeper.crash(0, REFUSED)  # what was not committed is asked for as a whole again
    assert ids(keeper.poll()) == [3]


def test_the_time_of_a_change_is_sent_along(tmp_path: Path, api: Api) -> None:
    keeper = keeping(tmp_path, api, WAYS["all at once"])
    api.answers = [(200, {"Last-Modified": "Mon, 23 Nov 2026 00:00:00 GMT"}, b"[]"), (304, {}, b""), (204, {}, b"")]
    for _ in range(3):
        assert keeper.poll() == []
        assert keeper.problems == []
    assert [told.get("if-modified-since") for _, told in api.asked][1:] == ["Mon, 23 Nov 2026 00:00:00 GMT"] * 2


def test_late_records_within_the_overlap_come_and_times_ahead_do_no_harm(tmp_path: Path, api: Api) -> None:
    keeper = keeping(tmp_path, api, WAYS["time"] + ", since_overlap: 1m, start: '2026-01-01T00:00:00+07:00'")
    stamped(api, 3, NOW)
    keeper.poll()
    assert "since=2025-12-31T17%3A00%3A00" in api.asked[0][0]
    stamped(api, 1, NOW - timedelta(seconds=30))
    stamped(api, 1, NOW + timedelta(days=365))
    keeper.poll()
    stamped(api, 1, datetime.now(UTC))
    keeper.poll()
    api.add(1, time="zz no time")
    stamped(api, 1, datetime.now(UTC) - timedelta(seconds=40))
    keeper.poll()
    keeper.poll()
    assert sorted(ids(keeper.lines)) == list(range(8))
    assert len(keeper.kept.positions.popitem()[1]) < 500


def test_what_cannot_go_on_is_told(tmp_path: Path, api: Api) -> None:
    keys = "url: {url}/since, records: /data/items, since_parameter: since, since_field: /time, page_size: 3"
    keeper = keeping(tmp_path, api, keys)
    stamped(api, 9, NOW)
    keeper.poll()
    keeper.poll()
    assert "overlap" in keeper.problems[0]


def test_a_next_page_elsewhere_is_not_followed(tmp_path: Path, api: Api) -> None:
    keeper = keeping(tmp_path, api, WAYS["link header"])
    api.answers = [(200, {"Link": '<http://127.0.0.2:80/x>; rel="next"'}, b'{"id": 0}\n')]
    assert keeper.poll() == []
    assert "another host" in keeper.problems[0]
    again(keeper)
    api.answers = [(302, {"Location": f"http://localhost:{api.port}/link"}, b"")]
    assert keeper.poll() == []
    assert "leads elsewhere" in keeper.problems[0]
    again(keeper)
    api.answers = [(302, {"Location": "/link"}, b"")]
    api.add(1)
    assert ids(keeper.poll()) == [0]


SIGNED = {
    "auth: bearer, secret_env: API_SECRET": ("authorization", "Bearer s3cret"),
    "auth: basic, user: u, secret_env: API_SECRET": ("authorization", "Basic dTpzM2NyZXQ="),
    "auth: header, header: X-API-Key, secret_env: API_SECRET": ("x-api-key", "s3cret"),
}


@pytest.mark.parametrize("keys", SIGNED)
def test_who_we_are_is_sent(tmp_path: Path, api: Api, keys: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = keeping(tmp_path, api, f"url: {{url}}/all, headers: {{{{Accept: application/json}}}}, {keys}")
    keeper.poll()
    assert "API_SECRET" in keeper.problems[0]
    monkeypatch.setenv("API_SECRET", "s3cret")
    again(keeper)
    keeper.poll()
    name, value = SIGNED[keys]
    assert api.asked[0][1][name] == value
    assert api.asked[0][1]["accept"] == "application/json"


@pytest.mark.parametrize("send", ["basic", "body"])
def test_tokens_by_client_credentials_are_kept_and_renewed(
    tmp_path: Path, api: Api, send: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_SECRET", "client-secret")
    oauth = f"auth: oauth2, token_url: '{{url}}/token', client_id: warroom, secret_env: API_SECRET, send: {send}"
    keeper = keeping(tmp_path, api, f"{CURSOR}, {oauth}")
    api.add(4)
    assert ids(keeper.poll()) == [0, 1, 2, 3]
    assert api.tokens == 1
    api.token = "revoked-before-its-end"  # noqa: S105 - of a test
    api.add(1)
    assert ids(keeper.poll()) == [4]
    assert api.tokens == 2
    monkeypatch.setenv("API_SECRET", "wrong")
    api.token = "revoked-again"  # noqa: S105 - likewise
    keeper.poll()
    assert "invalid_client" in keeper.problems[0]
    assert "wrong" not in keeper.problems[0]


def test_certificates_on_both_sides(tmp_path: Path) -> None:
    ours, others = Authority(tmp_path / "ours"), Authority(tmp_path / "others")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=ours.ca)
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_cert_chain(ours.issue("server"))
    client, stranger = ours.issue("client"), others.issue("client")
    with serving(Api(), tls) as api:
        api.add(4)
        for keys in (
            "",
            f", ca: {others.ca}, certificate: {client}",
            f", ca: {ours.ca}",
            f", ca: {ours.ca}, certificate: {stranger}",
        ):
            keeper = keeping(tmp_path, api, CURSOR + keys)
            assert keeper.poll() == []
            assert keeper.problems
        keeper = keeping(tmp_path, api, f"{CURSOR}, ca: {ours.ca}, certificate: {client}, key: {client}")
        assert ids(keeper.poll()) == [0, 1, 2, 3]


def test_addresses_that_may_not_be_reached_are_not(tmp_path: Path, api: Api) -> None:
    feed = feed_of(tmp_path, f"collect: {{transport: pull, url: {api.url}/all}}")
    keeper = Keeper(feed, allowed="")
    assert keeper.poll() == []
    assert "may not be reached" in keeper.problems[0]
    assert api.asked == []


def test_what_is_remembered_is_bounded() -> None:
    page = [(f"key {number}", 1000 + number) for number in range(MOST_SEEN + 10)]
    place = Place().after(page).begin_again("", 10**9)
    assert place.forgotten
    assert len(place.before) == MOST_SEEN
    assert place.before[-1] == page[-1]
    assert Place.read(place.text()).before == place.before


def test_lists_are_found_by_pointers() -> None:
    assert elements('{"a": null}', "/a") == []
    assert elements(' [1, [2], {"b": "]"}] ', "") == [("1", 1), ("[2]", [2]), ('{"b": "]"}', {"b": "]"})]
    for wrong in ("", "{}", "[1", "[1 2]", "[1,", '{"a" 1}', '{"a": [1]', "nul", "7"):
        with pytest.raises(NoListError):
            elements(wrong, "/a" if wrong == '{"a" 1}' else "")
    assert pointed({"a": [{"b/c": 7}]}, "/a/0/b~1c") == 7
    assert pointed({"a": []}, "/a/0") is None


@pytest.mark.parametrize(
    ("collect", "said"),
    [
        ("{transport: pull}", "`collect.url` is missing"),
        ("{transport: pull, url: 'ftp://a/b'}", "an https:// address"),
        ("{transport: pull, url: 'https://u:p@a/b'}", "an https:// address"),
        ("{transport: pull, url: 'https://a', records: items}", "a JSON pointer"),
        ("{transport: pull, url: 'https://a', page: pages}", "way from page to page"),
        ("{transport: pull, url: 'https://a', page: cursor}", "page_from"),
        ("{transport: pull, url: 'https://a', page: number}", "page_size"),
        ("{transport: pull, url: 'https://a', page: number, page_size: many}", "whole number"),
        ("{transport: pull, url: 'https://a', records: lines, page: link, page_from: /n}", "no cursor and no link"),
        ("{transport: pull, url: 'https://a', since_parameter: s}", "since_field"),
        ("{transport: pull, url: 'https://a', start: '2026-01-01T00:00:00Z'}", "since_parameter"),
        ("{transport: pull, url: 'https://a', since_parameter: s, since_field: /t, start: now}", "with its zone"),
        ("{transport: pull, url: 'https://a', auth: magic, secret_env: A}", "way to say who we are"),
        ("{transport: pull, url: 'https://a', auth: bearer}", "secret_env"),
        ("{transport: pull, url: 'https://a', secret_env: A}", "what the secret is for"),
        ("{transport: pull, url: 'https://a', headers: {Authorization: x}}", "`auth` says who we are"),
        ("{transport: pull, url: 'https://a', headers: {'a b': x}}", "this is no name"),
        ("{transport: pull, url: 'https://a', query: [a]}", "lines `name: value`"),
        ("{transport: pull, url: 'https://a', ca: ca.pem}", "whole path"),
        ("{transport: pull, url: 'https://a', key: /k.pem}", "goes with `collect.certificate`"),
    ],
)
def test_faults_are_told(tmp_path: Path, collect: str, said: str) -> None:
    told = faults_of(tmp_path, f"collect: {collect}")
    assert len(told) == 1, told
    assert said in told[0]
