"""The connection to a Kafka cluster: who is there, which partitions it has, and the records of each.

librdkafka connects by itself. So the hosts of the feed are looked up and judged before it hears of them, and those that
the cluster names (the advertised listeners, which may point anywhere) before anything is read. What cannot be checked
here: the moment between our look-up and its own, and that it opens a connection to a broker that the cluster names as
soon as it hears of it. Nothing is read through one that was refused, and it is closed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._metadata import ClusterMetadata

from warroom.catalog.transports.kafka import EARLIEST, LATEST
from warroom.errors import OutboundError
from warroom.net import permitted

if TYPE_CHECKING:
    from warroom.catalog.transports.kafka import Kafka
    from warroom.net import Network

_SECONDS: Final = 10.0
_STEP_SECONDS: Final = 1.0
_QUEUED_KIB: Final = 16 << 10
_MOST_BROKERS: Final = 200

_Setting = str | int | float | bool


class Cluster:
    """A Kafka cluster as one feed sees it. Raises WarroomError where its password or files are not there."""

    def __init__(self, collect: Kafka, allowed: Sequence[Network]) -> None:
        self._collect, self._allowed = collect, allowed
        self._configuration = _configuration(collect)
        self._admin: AdminClient | None = None
        self._consumer: Consumer | None = None
        self.trouble = ""  # what librdkafka said last

    def partitions(self) -> dict[str, tuple[int, ...]]:
        """Give every topic that we may see, and its partitions; every broker's address was judged.

        Raises:
            OutboundError: nobody is there, or the cluster names a broker that may not be reached.
        """
        if self._admin is None:
            for broker in self._collect.brokers:
                host, _, port = broker.rpartition(":")
                permitted(host.strip("[]"), int(port), self._allowed, seconds=_SECONDS, every=True)
            try:  # its types know of no settings that are functions
                self._admin = AdminClient({**self._configuration, "error_cb": self._told})  # type: ignore[dict-item]
            except KafkaException as problem:  # a certificate that cannot be read
                raise OutboundError(self._reason(problem)) from problem
        told = self._metadata(self._admin)
        self.trouble = ""
        if len(told.brokers) > _MOST_BROKERS:
            raise OutboundError(f"the cluster names {len(told.brokers)} brokers: more than {_MOST_BROKERS} are not met")
        for told_of in told.brokers.values():
            permitted(str(told_of.host), int(told_of.port), self._allowed, seconds=_SECONDS, every=True)
        if self._consumer is not None:
            self._metadata(self._consumer)  # it learns of new partitions too
        return {name: tuple(topic.partitions) for name, topic in told.topics.items() if topic.error is None}

    def topic_ids(self, topics: Iterable[str]) -> dict[str, str]:
        """Give what the broker calls topics for ever; those of which it does not say it are left out."""
        asked = list(topics)
        if self._admin is None or not asked:
            return {}
        found: dict[str, str] = {}
        described = self._admin.describe_topics(TopicCollection(asked), request_timeout=_SECONDS)
        for name, answer in described.items():
            try:
                topic_id = answer.result(timeout=_SECONDS).topic_id
            except (KafkaException, TimeoutError):
                continue  # an old broker: a topic made again is then known by its offsets alone
            if topic_id is not None and topic_id.get_most_significant_bits() | topic_id.get_least_significant_bits():
                found[name] = str(topic_id)
        return found

    def ends(self, topic: str, partition: int) -> tuple[int, int]:
        """Give the first offset that is there and the one behind the last. Raises OutboundError."""
        try:
            ends = self._reader().get_watermark_offsets(TopicPartition(topic, partition), timeout=_SECONDS)
        except KafkaException as problem:
            raise OutboundError(self._reason(problem)) from problem
        if ends is None:
            raise OutboundError(f"{topic}/{partition}: nobody says in time which records are there")
        return ends

    def first(self, topic: str, partition: int, start: str | datetime) -> int:
        """Give the offset to begin at: the earliest, the one behind the latest, or the first of a time.

        Raises OutboundError.
        """
        earliest, latest = self.ends(topic, partition)
        if not isinstance(start, datetime):
            return {EARLIEST: earliest, LATEST: latest}[start]
        asked = TopicPartition(topic, partition, int(start.timestamp() * 1000))
        try:
            (found,) = self._reader().offsets_for_times([asked], timeout=_SECONDS)
        except KafkaException as problem:
            raise OutboundError(self._reason(problem)) from problem
        return found.offset if found.offset >= 0 else latest

    def read_from(self, offsets: Mapping[tuple[str, int], int]) -> None:
        """Read these partitions from these offsets on, and no others."""
        self._reader().assign([TopicPartition(topic, part, offset) for (topic, part), offset in offsets.items()])

    def take(self, most: int, seconds: float) -> list[Message]:
        """Give what came: records, ends of partitions and errors of them."""
        return self._reader().consume(most, timeout=seconds)

    def close(self) -> None:
        """Close every connection."""
        if self._consumer is not None:
            self._consumer.close()
        self._consumer = self._admin = None

    def _reader(self) -> Consumer:
        if self._consumer is None:
            self._consumer = Consumer(
                {
                    **self._configuration,
                    "group.id": self._collect.group,
                    "enable.auto.commit": False,
                    "enable.auto.offset.store": False,
                    "enable.partition.eof": True,
                    "auto.offset.reset": "error",
                    "queued.max.messages.kbytes": _QUEUED_KIB,
                    "fetch.error.backoff.ms": 200,
                    "error_cb": self._told,
                }
            )
        return self._consumer

    def _metadata(self, client: AdminClient | Consumer) -> ClusterMetadata:
        """Ask what there is; a broker that is known to be away is not waited for."""
        until = time.monotonic() + _SECONDS
        while True:
            try:
                return client.list_topics(timeout=_STEP_SECONDS)
            except KafkaException as problem:
                if isinstance(client, AdminClient):
                    client.poll(0)  # what was said meanwhile
                if self.trouble or time.monotonic() > until:
                    raise OutboundError(self._reason(problem)) from problem

    def _told(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001  it says less than the one before it
            self.trouble = error.str()

    def _reason(self, problem: KafkaException) -> str:
        error = problem.args[0] if problem.args else None
        said = error.str() if isinstance(error, KafkaError) else str(problem)
        return f"Kafka at {', '.join(self._collect.brokers[:4])}: {(self.trouble or said)[:300]}"


def _configuration(collect: Kafka) -> dict[str, _Setting]:
    """Say in librdkafka's words where to connect, and as whom."""
    sasl = "SASL_" if collect.mechanism else ""
    told: dict[str, _Setting] = {
        "bootstrap.servers": ",".join(collect.brokers),
        "client.id": "warroom",
        "security.protocol": f"{sasl}SSL" if collect.tls else f"{sasl}PLAINTEXT",
        "socket.connection.setup.timeout.ms": int(_SECONDS * 1000),
        "socket.timeout.ms": int(_SECONDS * 1000),
        "reconnect.backoff.max.ms": 5000,
        "allow.auto.create.topics": False,
        "log_level": 0,  # what matters comes by error_cb; the rest would go to our standard error
    }
    if collect.mechanism and collect.password is not None:
        told |= {
            "sasl.mechanism": collect.mechanism,
            "sasl.username": collect.user,
            "sasl.password": collect.password.load(),
        }
    files = {
        "ssl.ca.location": collect.ca,
        "ssl.certificate.location": collect.certificate,
        "ssl.key.location": collect.key,
    }
    return told | {name: path for name, path in files.items() if path}
