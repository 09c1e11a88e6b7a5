"""A real Kafka broker for tests: Apache Kafka on one node, its jars from Maven Central."""

from __future__ import annotations

import shutil
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from collect.fetched import LOCKS, fetched, free_port, needed, run
from confluent_kafka import KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

#: A small, quickly started machine.
JAVA = ["-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule"
USER, PASSWORD = "warroom", "of the tests: no secret"


def jars() -> Path:
    """The folder with Kafka's jars."""

    def fetch(folder: Path) -> None:
        maven = [needed("mvn", "maven"), "-q", "-B", "-f", LOCKS / "kafka.xml", f"-Dmaven.repo.local={folder}/.m2"]
        run(*maven, "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}/jars")
        shutil.rmtree(folder / ".m2")

    return fetched(LOCKS / "kafka.xml", fetch) / "jars"


class Broker:
    """A running broker: ``plain`` is open to all, ``inward`` says that it is elsewhere, the others ask who is there."""

    def __init__(self, folder: Path, certificates: Mapping[str, Path] | None = None) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in ("plain", "inward", "scram", "tls", "control")}
        self.plain = f"127.0.0.1:{self.ports['plain']}"
        self._java = [needed("java", "default-jre-headless"), *JAVA, "-cp", f"{jars()}/*"]
        self._properties = folder / "server.properties"
        self._properties.write_text("\n".join(self._settings(certificates)) + "\n", encoding="utf-8")
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        scram = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
        format_it = ["kafka.tools.StorageTool", "format", "-t", cluster, "--standalone", "--add-scram", scram]
        run(*self._java, *format_it, "-c", str(self._properties))
        self.start()

    def start(self) -> None:
        """Start, and wait until it answers."""
        with (self.folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen([*self._java, "kafka.Kafka", self._properties], stdout=log, stderr=log)
        self.admin = AdminClient({"bootstrap.servers": self.plain, "log_level": 0, "reconnect.backoff.max.ms": 200})
        self.producer = self._producer()
        until = time.monotonic() + 60
        while True:
            assert self._process.poll() is None, (self.folder / "broker.log").read_text()[-3000:]
            assert time.monotonic() < until, "the broker does not answer"
            try:
                if self.admin.list_topics(timeout=1).brokers:
                    return
            except KafkaException:
                continue

    def stop(self) -> None:
        """Go away, as a broker that fails."""
        self._process.kill()
        self._process.wait()

    def make(self, topic: str, partitions: int = 1, **configuration: str) -> None:
        """Make a topic."""
        made = self.admin.create_topics([NewTopic(topic, partitions, 1, config=configuration)])
        made[topic].result(timeout=20)
        self._settled(topic, partitions)

    def widen(self, topic: str, partitions: int) -> None:
        """Give a topic more partitions."""
        self.admin.create_partitions([NewPartitions(topic, partitions)])[topic].result(timeout=20)
        self._settled(topic, partitions)
        self.producer = self._producer()  # the one before learns of it minutes later

    def drop(self, topic: str) -> None:
        """Delete a topic."""
        self.admin.delete_topics([topic])[topic].result(timeout=20)
        while topic in self.admin.list_topics(timeout=5).topics:
            time.sleep(0.05)

    def expire(self, topic: str, partition: int, before: int) -> None:
        """Drop the records before an offset, as retention does."""
        asked = TopicPartition(topic, partition, before)
        self.admin.delete_records([asked])[asked].result(timeout=20)

    def send(self, topic: str, values: Iterable[bytes | None], partition: int = 0) -> None:
        """Append records to a partition."""
        for value in values:
            self.producer.produce(topic, value, key=b"k", partition=partition)
            self.producer.poll(0)
        assert self.producer.flush(20) == 0

    def _producer(self) -> Producer:
        return Producer({"bootstrap.servers": self.plain, "log_level": 0, "linger.ms": 5})

    def _settled(self, topic: str, partitions: int) -> None:
        while len(getattr(self.admin.list_topics(timeout=5).topics.get(topic), "partitions", ())) < partitions:
            time.sleep(0.05)

    def _settings(self, certificates: Mapping[str, Path] | None) -> Iterator[str]:
        ports = self.ports
        yield from (
            "process.roles=broker,controller",
            "node.id=1",
            f"controller.quorum.bootstrap.servers=127.0.0.1:{ports['control']}",
            "controller.listener.names=CONTROL",
            f"log.dirs={self.folder / 'log'}",
            "offsets.topic.replication.factor=1",
            "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1",
            "group.coordinator.rebalance.protocols=classic",
            "num.network.threads=2",
            "log.cleaner.threads=1",
            "log.cleaner.dedupe.buffer.size=4000000",
            "auto.create.topics.enable=false",
            "sasl.enabled.mechanisms=SCRAM-SHA-512",
            "inter.broker.listener.name=PLAIN",
            f"listener.name.scram.scram-sha-512.sasl.jaas.config={LOGIN} required;",
        )
        names = ["PLAIN", "INWARD", *(["SCRAM", "TLS"] if certificates else [])]
        kinds = {"PLAIN": "PLAINTEXT", "INWARD": "PLAINTEXT", "SCRAM": "SASL_SSL", "TLS": "SSL", "CONTROL": "PLAINTEXT"}
        listening = [f"{name}://127.0.0.1:{ports[name.lower()]}" for name in names]
        inward = ("INWARD://127.0.0.1", "INWARD://127.0.0.2")
        elsewhere = [one.replace(*inward) for one in listening]
        listening = [one.replace(inward[0], "INWARD://0.0.0.0") for one in listening]
        yield "listeners=" + ",".join([*listening, f"CONTROL://127.0.0.1:{ports['control']}"])
        yield "advertised.listeners=" + ",".join(elsewhere)
        yield "listener.security.protocol.map=" + ",".join(f"{name}:{kinds[name]}" for name in [*names, "CONTROL"])
        if certificates:
            for name in ("scram", "tls"):
                yield f"listener.name.{name}.ssl.keystore.type=PEM"
                yield f"listener.name.{name}.ssl.keystore.location={certificates['server']}"
                yield f"listener.name.{name}.ssl.truststore.type=PEM"
                yield f"listener.name.{name}.ssl.truststore.location={certificates['ca']}"
            yield "listener.name.tls.ssl.client.auth=required"


@contextmanager
def running(folder: Path, certificates: Mapping[str, Path] | None = None) -> Iterator[Broker]:
    """A broker for as long as it is needed."""
    folder.mkdir(parents=True, exist_ok=True)
    broker = Broker(folder, certificates)
    try:
        yield broker
    finally:
        broker.stop()
