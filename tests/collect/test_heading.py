"""What a log says of how its lines are to be read counts wherever reading goes on: after a restart, in its middle."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from warroom.catalog.transports.files import Files
from warroom.collect.chunk import Chunk
from warroom.collect.file_chunks import KEPT, Cutter
from warroom.collect.files import FileCollector
from warroom.collect.heading import Heading
from warroom.collect.paths import blocks
from warroom.log_formats import FORMATS
from warroom.parse import ParseContext, parse
from warroom.reading import Options

NOW = datetime(2024, 5, 2, tzinfo=UTC)
LATER = timedelta(hours=1)
IIS = b"""#Software: Microsoft Internet Information Services 10.0
#Version: 1.0
#Date: 2024-05-01 00:00:00
#Fields: time c-ip cs-method cs-uri-stem sc-status
00:00:01 192.0.2.1 GET /a 200
00:00:02 192.0.2.2 GET /b 404
#Software: Microsoft Internet Information Services 10.0
#Date: 2024-05-03 00:00:00
#Fields: time cs-method cs-uri-stem c-ip sc-status
00:00:03 POST /c 192.0.2.3 500
00:00:04 POST /d 192.0.2.4 200
"""
ZEEK = b"""#separator \\x09
#set_separator\t,
#empty_field\t(empty)
#unset_field\t-
#path\tconn
#fields\tts\tid.orig_h\tid.resp_h
#types\ttime\taddr\taddr
1714521600.000001\t192.0.2.1\t198.51.100.1
#close\t2024-05-01-00-00-00
#fields\tts\tid.resp_h\tid.orig_h
1714521601.000001\t198.51.100.1\t192.0.2.2
1714521602.000001\t198.51.100.1\t192.0.2.3
"""
CSV = b"""
when,who,what
2024-05-01T00:00:00Z,a,one
2024-05-01T00:00:01Z,b,two
when,who,what
2024-05-01T00:00:02Z,c,three
"""
VPC = b"""version srcaddr dstaddr start end action log-status
5 192.0.2.1 198.51.100.1 1714521600 1714521601 ACCEPT OK
5 192.0.2.2 198.51.100.1 1714521600 1714521601 REJECT OK
version dstaddr srcaddr start end action log-status
5 198.51.100.1 192.0.2.3 1714521600 1714521601 ACCEPT OK
"""
FIREWALL = b"""#Version: 1.5
#Time Format: Local
#Fields: date time action protocol dst-ip src-ip src-port dst-port
2024-05-01 00:00:00 DROP TCP 198.51.100.1 192.0.2.1 1 2
2024-05-01 00:00:01 ALLOW UDP 198.51.100.1 192.0.2.2 1 2
"""
NFDUMP = b"""ts,te,td,da,sa,dp,sp,pr
2024-05-01 00:00:00,2024-05-01 00:00:01,1.000,198.51.100.1,192.0.2.1,80,1025,TCP
2024-05-01 00:00:02,2024-05-01 00:00:03,1.000,198.51.100.1,192.0.2.2,80,1025,TCP
"""
LOGS = {
    "iis": IIS, "zeek": ZEEK, "csv": CSV, "vpc_flow": VPC, "windows_firewall": FIREWALL, "nfdump": NFDUMP,
}  # fmt: skip


def options_of(name: str) -> Options:
    return Options(header=name == "csv")


def cutter(name: str, chunk_bytes: int = 4 << 20) -> Cutter:
    return Cutter(chunk_bytes=chunk_bytes, heading=Heading(FORMATS[name].tells, first=options_of(name).header))


def events_of(name: str, lines: pa.Array, header: bytes) -> Iterator[Mapping[str, Any]]:
    parsed = parse(lines, ParseContext(name, "UTC", NOW, header=header, options=options_of(name)))
    for event in parsed.events.to_pylist():
        fields = {key: value for key, value in event.pop("fields").items() if value is not None}
        yield {key: value for key, value in event.items() if value is not None} | {"fields": fields}


def whole(name: str) -> list[Mapping[str, Any]]:
    lines = [line for line in LOGS[name].split(b"\n") if line]
    found = list(events_of(name, pa.array(lines, pa.binary()), b""))
    assert len(found) >= 2
    return found


class Reader:
    """Reads a log chunk by chunk as a worker does, and starts again from what was committed."""

    def __init__(self, name: str, folder: Path, chunk_bytes: int = 4 << 20) -> None:
        self.name, self.log = name, folder / "a.log"
        self.cutter = cutter(name, chunk_bytes)
        self.positions: dict[str, str] = {}
        self.events: list[Mapping[str, Any]] = []
        self.restart()

    def restart(self) -> None:
        self.collector = FileCollector(Files((f"{self.log}*",)), self.positions, self.cutter)

    def poll(self, most: int = 1 << 30) -> list[Chunk]:
        chunks: list[Chunk] = []
        for chunk in self.collector.poll(datetime.now(UTC) + LATER):
            chunks.append(chunk)
            self.events += events_of(self.name, chunk.lines, chunk.header)
            self.positions[chunk.source] = chunk.position
            self.collector.accept(chunk)
            if len(chunks) == most:
                break
        return chunks


@pytest.mark.parametrize("name", sorted(LOGS))
@pytest.mark.parametrize("restart", [False, True])
def test_a_log_that_grows_line_by_line(name: str, tmp_path: Path, *, restart: bool) -> None:
    reader = Reader(name, tmp_path)
    for line in LOGS[name].splitlines(keepends=True):
        with reader.log.open("ab") as file:
            file.write(line)
        reader.poll()
        if restart:
            reader.restart()
    assert reader.events == whole(name)


@pytest.mark.parametrize("name", sorted(LOGS))
@pytest.mark.parametrize("packed", [False, True])
def test_a_restart_after_every_chunk(name: str, tmp_path: Path, *, packed: bool) -> None:
    reader = Reader(name, tmp_path, chunk_bytes=40)
    if packed:
        Path(f"{reader.log}.gz").write_bytes(gzip.compress(LOGS[name]))
    else:
        reader.log.write_bytes(LOGS[name])
    while reader.poll(1):
        reader.restart()
    assert reader.events == whole(name)


@pytest.mark.parametrize("name", sorted(LOGS))
def test_a_position_from_before_headers_were_kept(name: str, tmp_path: Path) -> None:
    reader = Reader(name, tmp_path, chunk_bytes=40)
    reader.log.write_bytes(LOGS[name])
    while reader.poll(1):
        for source, text in reader.positions.items():
            old = {key: value for key, value in json.loads(text).items() if key != "header"}
            reader.positions[source] = json.dumps(old)
        reader.restart()
    assert reader.events == whole(name)


@pytest.mark.parametrize("name", sorted(LOGS))
def test_a_file_named_by_hand(name: str, tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(LOGS[name])
    read = blocks(log, 1 << 20, None, cutter(name).heading)
    assert [event for block in read for event in events_of(name, block.lines, block.header)] == whole(name)


def test_a_rotated_log_goes_on_and_the_new_one_has_its_own(tmp_path: Path) -> None:
    reader = Reader("iis", tmp_path)
    first, second = IIS[: IIS.index(b"00:00:02")], IIS[IIS.index(b"00:00:02") :]
    reader.log.write_bytes(first)
    reader.poll()
    with gzip.open(f"{reader.log}.1.gz", "wb") as file:
        file.write(IIS)
    reader.log.unlink()
    reader.log.write_bytes(second[second.index(b"#Software") :])
    reader.restart()
    reader.poll()
    assert reader.events == [*whole("iis"), *whole("iis")[2:]]


def test_a_header_too_long_for_a_position_is_read_again(tmp_path: Path) -> None:
    reader = Reader("csv", tmp_path, chunk_bytes=40)
    names = [f"name_of_column_{number}" for number in range(KEPT // 10)][:300]
    rows = [b",".join(b"%d" % (number + place) for place in range(300)) for number in range(3)]
    reader.log.write_bytes(b"\n".join([",".join(names).encode(), *rows, b""]))
    while reader.poll(1):
        assert all("header" not in json.loads(text) for text in reader.positions.values())
        reader.restart()
    assert [event["fields"]["name_of_column_7"] for event in reader.events] == ["7", "8", "9"]
    with reader.log.open("ab") as file:
        file.write(rows[2] + b"\n")
    reader.poll()
    assert reader.events[-1]["fields"]["name_of_column_299"] == "301"


def test_positions_of_other_formats_have_nothing_new(tmp_path: Path) -> None:
    reader = Reader("nginx", tmp_path)
    reader.log.write_bytes(b"#Fields: a b\none\n")
    (chunk,) = reader.poll()
    assert chunk.header == b""
    assert list(json.loads(chunk.position)) == [
        "changed", "device", "head", "inode", "offset", "path", "split", "tail",
    ]  # fmt: skip


def test_a_line_within_a_long_line_says_nothing(tmp_path: Path) -> None:
    reader = Reader("iis", tmp_path)
    reader.log.write_bytes(IIS[: IIS.index(b"#Date: 2024-05-03")] + b"x" * (1 << 20) + b"#Fields: a b\n")
    reader.poll()
    for source, text in reader.positions.items():
        reader.positions[source] = json.dumps({k: v for k, v in json.loads(text).items() if k != "header"})
    reader.restart()
    with reader.log.open("ab") as file:
        file.write(b"00:00:09 192.0.2.9 GET /z 200\n")
    reader.poll()
    assert reader.events[-1]["source_ip"] == "192.0.2.9"
