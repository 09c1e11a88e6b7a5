"""Sources of every transport that can be read again, for the kill test: each writes records and remembers them."""

from __future__ import annotations

import gzip
import json
import time
import uuid
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
from collect import asked, broker, bucket, database
from collect.evtx_making import RECORDS, computer, evtx_of
from collect.fetched import free_port

TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105  of the tests


class Source(ABC):
    """Something that logs come from, as a feed reads it.

    ``collect`` is the feed's YAML, ``written`` counts the records that were written by their ids, and ``environment``
    is what the worker needs to read them.
    """

    collect: str
    format = "jsonl"
    environment: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.written: Counter[str] = Counter()

    def write(self, count: int) -> None:
        """Write so many more; they count once it is certain that they are written."""
        first = self.written.total()
        numbers = range(first, first + count)
        self.put([json.dumps({"id": number, "text": "x" * (number % 200)}).encode() for number in numbers])
        self.written.update(map(str, numbers))

    @abstractmethod
    def put(self, records: list[bytes]) -> None:
        """Write these records."""

    def identity(self, raw: bytes) -> str:
        """The id of a record as it was stored."""
        return str(json.loads(raw)["id"])


class FileSource(Source):
    """A file that is appended to, rotated and compressed."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._log = folder / "log.jsonl"
        self.collect = f'transport: file, paths: ["{self._log}*"]'
        self._rotations = 0

    def put(self, records: list[bytes]) -> None:
        with self._log.open("ab") as file:
            file.writelines(record + b"\n" for record in records)
        if self.written.total() // 300 > self._rotations:
            self._rotations += 1
            self._log.rename(self._log.with_name(f"log.jsonl.{self._rotations}"))


class KafkaSource(Source):
    """A topic of three partitions."""

    def __init__(self, running: broker.Broker) -> None:
        super().__init__()
        self._broker, self._topic = running, f"killed-{time.monotonic_ns()}"
        running.make(self._topic, 3)
        self.collect = f'transport: kafka, brokers: ["{running.plain}"], topics: [{self._topic}]'

    def put(self, records: list[bytes]) -> None:
        for partition in range(3):
            self._broker.send(self._topic, records[partition::3], partition)


class BucketSource(Source):
    """A bucket of small objects, packed or not, as lines or as one document."""

    def __init__(self, running: bucket.BucketServer) -> None:
        super().__init__()
        self._server, self._bucket = running, f"killed-{time.monotonic_ns()}"
        running.make(self._bucket)
        key, secret = running.person(self._bucket)
        self.environment = {"KILLED_SECRET": secret}
        who = f"access_key: {key}, secret_key_env: KILLED_SECRET"
        self.collect = f'transport: s3, bucket: {self._bucket}, endpoint: "{running.url}", {who}'
        self._objects = 0

    def put(self, records: list[bytes]) -> None:
        self._objects += 1
        whole = b'{"Records": [' + b",".join(records) + b"]}" if self._objects % 3 == 0 else b"\n".join(records)
        packed = gzip.compress(whole) if self._objects % 2 else whole
        self._server.put(self._bucket, f"{self._objects:05}", packed)


class TableSource(Source):
    """A table whose rows are committed in another order than that of their keys."""

    _INSERT = "INSERT INTO {} (id, text) VALUES (%s, %s)"

    def __init__(self, running: database.DatabaseServer) -> None:
        super().__init__()
        self._server, self._table = running, f"killed_{time.monotonic_ns()}"
        running.say("CREATE TABLE {} (key bigserial PRIMARY KEY, id bigint, text text)", self._table)
        self.environment = {"KILLED_PASSWORD": database.PASSWORD}
        where = f"host: 127.0.0.1, port: {running.port}, database: postgres, table: {self._table}, tls: false"
        who = f"user: {database.USER}, password_env: KILLED_PASSWORD"
        self.collect = f"transport: table, {where}, key: key, window: 500, {who}"

    def put(self, records: list[bytes]) -> None:
        with self._server.link() as early, self._server.link() as late:
            for link, some in ((late, records[::2]), (early, records[1::2])):
                for record in some:
                    self._server.say(self._INSERT, self._table, link=link, values=tuple(json.loads(record).values()))
            early.commit()
            time.sleep(0.05)
            late.commit()


class EvtxSource(Source):
    """A Windows event log that is exported again and again, longer each time, without its oldest records at last."""

    format = "evtx"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.collect = f'transport: evtx, paths: ["{folder}/*.evtx"], still: 0s'
        self._chunks = 0

    def write(self, count: int) -> None:
        more = range(self._chunks, self._chunks + count // 10)
        self._chunks = more.stop
        draft = self._folder / ".draft"
        draft.write_bytes(evtx_of(range(self._chunks)))
        draft.rename(self._folder / f"Security-{self._chunks // 50}.evtx")
        self.written.update({computer(number): RECORDS for number in more})
        time.sleep(0.3)

    def put(self, records: list[bytes]) -> None:
        raise NotImplementedError

    def identity(self, raw: bytes) -> str:
        return str(json.loads(raw)["Event"]["System"]["Computer"])


class PullSource(Source):
    """An address that hands out a growing list, page by page."""

    def __init__(self, api: asked.Api) -> None:
        super().__init__()
        self._api = api
        api.size = 40
        self.collect = (
            f"transport: pull, url: {api.url}/cursor, records: /data/items, page: cursor, page_from: /meta/next"
        )

    def put(self, records: list[bytes]) -> None:
        self._api.add(len(records))


class PushSource(Source):
    """A sender that delivers again, by the same id, until it hears that it is stored."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._url = f"http://127.0.0.1:{port}/v1/feeds/push"
        self.environment = {"WARROOM_RECEIVER": f"127.0.0.1:{port}", "KILLED_TOKEN": TOKEN}
        self.collect = "transport: push, token_env: KILLED_TOKEN"

    def put(self, records: list[bytes]) -> None:
        headers = {"authorization": f"Bearer {TOKEN}", "x-delivery-id": uuid.uuid4().hex}
        until = time.monotonic() + 120
        while time.monotonic() < until:
            try:
                answer = httpx.post(
                    self._url, content=b"\n".join(records), headers=headers, timeout=10, trust_env=False
                )
            except httpx.TransportError:
                time.sleep(0.1)
                continue
            if answer.is_success:
                return
            assert answer.status_code in (404, 409, 429, 503), answer.text  # it starts, or stores the one before
            time.sleep(0.1)
        raise AssertionError("nobody takes what is delivered")


@contextmanager
def _file(folder: Path) -> Iterator[Source]:
    yield FileSource(folder)


@contextmanager
def _kafka(folder: Path) -> Iterator[Source]:
    with broker.running(folder) as running:
        yield KafkaSource(running)


@contextmanager
def _s3(folder: Path) -> Iterator[Source]:
    with bucket.running(folder) as running:
        yield BucketSource(running)


@contextmanager
def _table(folder: Path) -> Iterator[Source]:  # noqa: ARG001
    with database.running() as running:
        yield TableSource(running)


@contextmanager
def _evtx(folder: Path) -> Iterator[Source]:
    yield EvtxSource(folder)


@contextmanager
def _pull(folder: Path) -> Iterator[Source]:  # noqa: ARG001
    with asked.serving(asked.Api()) as api:
        yield PullSource(api)


@contextmanager
def _push(folder: Path) -> Iterator[Source]:  # noqa: ARG001
    yield PushSource(free_port())


#: Feed id → what makes its source, with a folder of its own.
SOURCES: Mapping[str, Callable[[Path], object]] = {
    "file": _file, "kafka": _kafka, "s3": _s3, "table": _table, "evtx": _evtx, "pull": _pull, "push": _push,
}  # fmt: skip
