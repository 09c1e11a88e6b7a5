"""`./run intel …`: files in by hand, indicators out, how the feeds are doing, one poll now."""

from __future__ import annotations

import csv
import gzip
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from making import new_store

from warroom.__main__ import main
from warroom.store.database import State
from warroom.store.intel import feeds as feed_rows

FEED = """title: {{th: ไอพีซัม, en: IPsum}}
enabled: {enabled}
format: list
collect: {{way: {way}}}
values: {{kind: ipv4}}
"""
LIST = "".join(f"198.51.100.{number}\n" for number in range(1, 10)) + "bad.example\n198.51.100.999\n"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a list in it, beside an empty state folder and an empty folder of feeds."""
    (tmp_path / "feeds" / "intel").mkdir(parents=True)
    monkeypatch.setenv("WARROOM_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("WARROOM_FEEDS", str(tmp_path / "feeds"))
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "list.txt").write_text(LIST)
    return lists


def answer(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:  # noqa: ANN401 - what JSON holds
    assert main(["intel", *arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_loading_tells_what_came_of_each_file(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "load", str(place / "list.txt"))
    (file,) = told["files"]
    refused = file.pop("refused")
    assert file == {
        "path": str(place / "list.txt"),
        "kind": "list",
        "read": 11,
        "indicators": 10,
        "by_type": {"domain": 1, "ipv4": 9},
        "counts": {},
        "refused_count": 1,
    }
    assert [one.keys() for one in refused] == [{"item", "reason"}]
    assert "198.51.100.999" in refused[0]["item"]
    assert (told["indicators_total"], told["changed"]) == (10, 10)
    again = answer(capsys, "load", str(place / "list.txt"))
    assert again == {**told, "changed": 0, "files": [{**file, "refused": refused}]}


def test_a_folder_is_loaded_less_what_is_no_data(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "sub").mkdir()
    (place / "sub" / "more.txt.gz").write_bytes(gzip.compress(b"192.0.2.1\n"))
    (place / "LICENSE").write_text("Free as 192.0.2.7\n")
    assert main(["intel", "load", str(place), str(place / "list.txt"), "--json"]) == 0
    written = capsys.readouterr()
    told = json.loads(written.out)
    assert [Path(one["path"]).name for one in told["files"]] == ["list.txt", "more.txt.gz"]
    assert told["indicators_total"] == 11
    assert "LICENSE: left out" in written.err


def test_only_where_everything_is_refused_it_ends_with_one(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "bad.json").write_text('{"type": "bundle"')
    told = answer(capsys, "load", str(place / "bad.json"), code=1)
    assert told["files"][0]["refused"][0]["reason"]
    assert (told["files"][0]["kind"], told["indicators_total"], told["changed"]) == ("", 0, 0)
    assert len(answer(capsys, "load", str(place))["files"]) == 2


def test_loading_tells_people_in_a_table(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "bad.json").write_text('{"type": "bundle"')
    assert main(["intel", "load", str(place)]) == 0
    written = capsys.readouterr()
    assert "1 domain, 9 ipv4" in written.out
    assert "10 indicators in 2 files, 10 changes" in written.out
    assert f"refused: {place / 'bad.json'}: " in written.err
    assert "198.51.100.999" in written.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--format", "xls"], "--format xls"),
        (["--kind", "ip"], "--kind ip"),
        (["--tlp", "white"], "--tlp white"),
        (["--confidence", "101"], "100"),
    ],
)
def test_what_is_not_known_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str], options: list[str], says: str
) -> None:
    assert main(["intel", "load", str(place), *options]) == 2
    assert says in capsys.readouterr().err


def test_what_is_not_there_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["intel", "load", str(place / "none")]) == 2
    assert "there is no such file" in capsys.readouterr().err
    (place / "empty").mkdir()
    assert main(["intel", "load", str(place / "empty")]) == 2
    assert "no file to load" in capsys.readouterr().err


def test_what_is_said_about_all_is_kept(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--format", "list", "--kind", "ipv4", "--confidence", "90", "--tlp", "amber"]
    told = answer(capsys, "load", str(place / "list.txt"), *arguments)
    assert told["files"][0]["by_type"] == {"ipv4": 9}  # a domain is no address
    rows = answer(capsys, "list")
    assert {(row["confidence"], row["tlp"]) for row in rows} == {(90, "amber")}


@pytest.fixture
def loaded(place: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    answer(capsys, "load", str(place))
    return place


@pytest.mark.usefixtures("loaded")
def test_indicators_are_listed_with_all_that_is_known(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    rows = answer(capsys, "list")
    assert len(rows) == 10
    first = rows[0]
    assert first.pop("added_at").endswith("Z")
    assert first == {
        "feed": "by_hand",
        "kind": "ipv4",
        "value": "198.51.100.1",
        "confidence": None,
        "tlp": None,
        "first_seen": None,
        "last_seen": None,
        "valid_from": None,
        "valid_until": None,
        "tags": None,
        "comment": None,
        "reference": None,
        "origin": str(place / "list.txt"),
        "pattern": None,
    }


@pytest.mark.usefixtures("loaded")
def test_a_list_is_narrowed_and_bounded(capsys: pytest.CaptureFixture[str]) -> None:
    assert [row["value"] for row in answer(capsys, "list", "--kind", "domain")] == ["bad.example"]
    assert len(answer(capsys, "list", "--limit", "3")) == 3
    assert answer(capsys, "list", "--feed", "other") == []
    assert main(["intel", "list", "--limit", "3"]) == 0
    written = capsys.readouterr()
    assert written.out.count("198.51.100.") == 3
    assert "only the first 3" in written.err
    assert main(["intel", "list", "--json", "--csv"]) == 2


def test_no_cell_of_a_csv_is_a_formula(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "list.txt").write_text("ip,comment\n198.51.100.1,\"=cmd|' /C calc'!A0\"\n198.51.100.2,harmless\n")
    answer(capsys, "load", str(place / "list.txt"))
    assert main(["intel", "list", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["comment"] for row in rows] == ["'=cmd|' /C calc'!A0", "harmless"]
    assert [row["value"] for row in rows] == ["198.51.100.1", "198.51.100.2"]


def test_nothing_to_list_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new_store(tmp_path / "data" / "state.db").close()
    assert main(["intel", "list"]) == 0
    assert "./run intel load" in capsys.readouterr().out


class Server(BaseHTTPRequestHandler):
    """Answers with a list, or with 404."""

    status = 200
    body = b"198.51.100.1\n198.51.100.2\n"

    def do_GET(self) -> None:
        self.send_response(type(self).status)
        self.send_header("content-length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def served() -> Iterator[str]:
    Server.status = 200
    with HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/list"
        server.shutdown()
        thread.join()


@pytest.fixture
def ipsum(tmp_path: Path, served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch on a feed of a server on this machine."""
    monkeypatch.setenv("WARROOM_OUTBOUND", "127.0.0.1")
    text = FEED.format(enabled="true", way=f'http, url: "{served}"')
    (tmp_path / "feeds" / "intel" / "ipsum.yml").write_text(text)


@pytest.mark.usefixtures("ipsum")
def test_a_feed_is_polled_now(capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "poll", "ipsum")
    assert (told["outcome"], told["read"], told["added"], told["reason"]) == ("changed", 2, 2, None)
    assert [row["value"] for row in answer(capsys, "list", "--feed", "ipsum")] == ["198.51.100.1", "198.51.100.2"]
    assert main(["intel", "poll", "ipsum"]) == 0
    assert "ipsum: same: " in capsys.readouterr().out
    Server.status = 404
    told = answer(capsys, "poll", "ipsum", code=1)
    assert told["outcome"] == "status"
    assert "404" in told["reason"]
    assert main(["intel", "poll", "ipsum"]) == 1
    assert "404" in capsys.readouterr().err
    (row,) = answer(capsys, "feeds")
    assert (row["id"], row["state"], row["indicators"], row["failures"]) == ("ipsum", "failing", 2, 2)
    assert "404" in row["failure"]
    assert main(["intel", "feeds"]) == 0
    assert "failing" in capsys.readouterr().out


def test_an_address_of_ours_is_refused_where_nobody_allowed_it(
    ipsum: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ipsum is None
    monkeypatch.setenv("WARROOM_OUTBOUND", "")
    assert answer(capsys, "poll", "ipsum", code=1)["outcome"] == "address"


@pytest.mark.parametrize("name", ["none", "../intel/ipsum", "by_hand"])
def test_a_feed_that_is_not_there_is_not_polled(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["intel", "poll", name]) == 2
    assert "there is no feed" in capsys.readouterr().err


def test_feeds_are_told_before_anything_was_polled(
    tmp_path: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "feeds" / "intel"
    (folder / "a.yml").write_text(FEED.format(enabled="true", way='http, url: "https://example.org/a"'))
    (folder / "b.yml").write_text(FEED.format(enabled="false", way='http, url: "https://example.org/b"'))
    (folder / "c.yml").write_text("title: x\n")
    assert main(["intel", "feeds", "--json"]) == 0
    written = capsys.readouterr()
    assert [(row["id"], row["state"]) for row in json.loads(written.out)] == [("a", "never"), ("b", "off")]
    assert "c.yml" in written.err
    (folder / "c.yml").unlink()
    answer(capsys, "load", str(place))
    rows = answer(capsys, "feeds")
    assert [(row["id"], row["state"], row["indicators"]) for row in rows] == [
        ("a", "never", 0), ("b", "off", 0), ("by_hand", "good", 10),
    ]  # fmt: skip
    with State(f"sqlite:///{tmp_path / 'data' / 'state.db'}") as state, state.read() as connection:
        assert [row.feed_id for row in feed_rows.rows(connection)] == ["by_hand"]
