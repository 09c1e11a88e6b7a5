"""What is wrong with `collect` of a feed from Kafka, a bucket, a table or EVTX files is told before it is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from collect.keeping import faults_of, feed_of

KAFKA = "transport: kafka, brokers: ['a.example.go.th:9093']"
BUCKET = "transport: s3, bucket: agency-logs"
TABLE = "transport: table, host: db.example.go.th, database: audit, table: audit.events, key: id, user: reader"


@pytest.mark.parametrize(
    ("collect", "said"),
    [
        ("transport: kafka, brokers: [here], topics: [a]", "a broker is host:port"),
        ("transport: kafka, brokers: ['a:99999'], topics: [a]", "a broker is host:port"),
        ("transport: kafka, topics: [a]", "`collect.brokers` is a list"),
        (f"{KAFKA}, topics: ['^(']", "is no regular expression"),
        (f"{KAFKA}, topics: ['a b']", "a topic is a name"),
        (f"{KAFKA}, topics: [a], start: yesterday", "`collect.start` is earliest, latest, or a time"),
        (f"{KAFKA}, topics: [a], sasl: plain, user: u, password_env: P", "sends the password as it is"),
        (f"{KAFKA}, topics: [a], password: secret", "no secret stands in a feed file"),
        (f"{KAFKA}, topics: [a], sasl: scram-sha-256, user: u", "`collect.password` is needed"),
        (f"{KAFKA}, topics: [a], sasl: scram-sha-256, password_env: P", "`collect.user` is needed"),
        (f"{KAFKA}, topics: [a], certificate: /a.pem", "belong together"),
        (f"{KAFKA}, topics: [a], ca: a.pem", "the whole path of a PEM file"),
        (f"{KAFKA}, topics: [a], ca: /a.pem, tls: false", "go with `tls: true`"),
        (f"{KAFKA}, topics: [a], topic: x", "did you mean `topics`"),
        ("transport: s3, bucket: s3://agency", "the bucket's name alone"),
        (f"{BUCKET}, endpoint: store.example.go.th", "`collect.endpoint` is https://host"),
        (f"{BUCKET}, endpoint: 'https://key:secret@store.example.go.th'", "`collect.endpoint` is https://host"),
        (f"{BUCKET}, secret_key: geheim", "no secret stands in a feed file"),
        (f"{BUCKET}, access_key: AKIA", "`collect.secret_key` is needed"),
        (f"{BUCKET}, secret_key_env: S", "says whose secret key it is"),
        (f"{BUCKET}, order: name", "modified or key"),
        (f"{BUCKET}, look_back: 1s", "at least 60 seconds"),
        (f"{BUCKET}, prefix: 's3://agency/x'", "a part of keys"),
        (f"{TABLE}, password: geheim", "no secret stands in a feed file"),
        (f"{TABLE}, port: 0", "a number from 1 to 65535"),
        (f"{TABLE}, port: many", "a number from 1 to 65535"),
        (f"{TABLE}, columns: ['a; drop table b\"']", "a column is a name: no SQL"),
        (f"{TABLE}, window: some", "is a duration"),
        (f"{TABLE}, start: now", "earliest or latest"),
        (f"{TABLE}, certificate: /a.pem", "belong together"),
        (TABLE.replace("audit.events", "'\"audit'"), "a table or view"),
        (TABLE.replace("db.example", "postgresql://db.example"), "a name or an address"),
        ("transport: evtx", "`collect.paths` is a list"),
        ("transport: evtx, paths: [/a], still: soon", "is a duration"),
    ],
)
def test_faults_are_told(tmp_path: Path, collect: str, said: str) -> None:
    faults = faults_of(tmp_path, f"collect: {{{collect}}}")
    assert any(said in fault for fault in faults), faults


@pytest.mark.parametrize(
    "collect",
    [
        f"{KAFKA}, topics: [waf, '^app-.*'], sasl: plain, tls: true, user: u, password_file: /etc/warroom/kafka",
        f"{KAFKA}, topics: [waf], start: 2026-11-01T00:00:00+07:00",
        f"{BUCKET}, prefix: AWSLogs/, match: '*.json.gz', region: ap-southeast-1, access_key: A, secret_key_env: S",
        f"{BUCKET}, endpoint: 'https://store.example.go.th:9000', ca: /etc/ca.pem, order: key",
        f"{TABLE}, columns: [id, 'at time'], window: 5m, password_env: P, ca: /etc/ca.pem, port: 5433, start: latest",
        "transport: evtx, paths: ['{data}/drop/*.evtx'], still: 1m",
    ],
)
def test_sound_feeds_are_read(tmp_path: Path, collect: str) -> None:
    assert f"transport: {feed_of(tmp_path, f'collect: {{{collect}}}').transport}," in collect
