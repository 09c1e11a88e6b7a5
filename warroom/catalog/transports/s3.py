"""Buckets of S3-compatible object stores: which objects are read, and who we are there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from warroom.catalog.transports.secrets import SecretRef, has_secret_ref, read_secret_ref, secret_keys
from warroom.catalog.values import Values

KEYS: Final = (
    "bucket", "prefix", "match", "order", "look_back", "region", "endpoint", "path_style", "ca", "access_key",
    *secret_keys("secret_key"),
)  # fmt: skip

MODIFIED: Final = "modified"
BY_KEY: Final = "key"

_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_REGION: Final = re.compile(r"[a-z0-9-]{1,40}")
_LONGEST_KEY: Final = 1024


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where objects are taken from.

    Args:
        bucket: its name.
        prefix: how the keys of the objects begin.
        match: a pattern with * and ? that the whole key matches; "" means every key.
        order: what new objects are known by: when they were written ("modified"), or by a key that is behind all
            others ("key"): then only the end of the bucket is listed.
        look_back_seconds: how late an object may appear.
        region: as the signature needs it.
        endpoint: http(s)://host[:port].
        path_style: whether the bucket's name stands in the path, not in the host.
        ca: path of a PEM file with the authority of the store; "" where it is a usual one.
        access_key: our name there; "" where the bucket is open to all.
        secret_key: where the secret is that goes with it.
    """

    bucket: str
    prefix: str
    match: str
    order: str
    look_back_seconds: float
    region: str
    endpoint: str
    path_style: bool
    ca: str
    access_key: str
    secret_key: SecretRef | None


def read(values: Values, data_dir: Path) -> Bucket:  # noqa: ARG001  nothing of it stands in the state folder
    """Read ``collect`` of a feed from a bucket."""
    bucket = values.text("collect", "bucket")
    if bucket and not _BUCKET.fullmatch(bucket):
        values.fault("`collect.bucket` is the bucket's name alone, such as agency-logs", "collect", "bucket")
    region = values.text("collect", "region", default="us-east-1")
    if not _REGION.fullmatch(region):
        values.fault("`collect.region` is a region such as ap-southeast-1", "collect", "region")
    access_key = values.text("collect", "access_key", default="")
    secret = has_secret_ref(values, "collect", name="secret_key") or values.value("collect", "secret_key") is not None
    if secret and not access_key:
        values.fault("`collect.access_key` says whose secret key it is", "collect")
    ca = values.text("collect", "ca", default="")
    if ca and (not Path(ca).is_absolute() or ".." in Path(ca).parts):
        values.fault("`collect.ca` is the whole path of a PEM file", "collect", "ca")
    given = values.value("collect", "endpoint") is not None
    order = values.text("collect", "order", default=MODIFIED)
    if order not in (MODIFIED, BY_KEY):
        values.fault("`collect.order` is modified or key", "collect", "order")
    return Bucket(
        bucket=bucket,
        prefix=_key(values, "prefix"),
        match=_key(values, "match"),
        order=order,
        look_back_seconds=values.seconds("collect", "look_back", default="6h", least=60),
        region=region,
        endpoint=_endpoint(values) if given else f"https://s3.{region}.amazonaws.com",
        path_style=values.flag("collect", "path_style", default=given or "." in bucket),
        ca=ca,
        access_key=access_key,
        secret_key=read_secret_ref(values, "collect", name="secret_key") if access_key or secret else None,
    )


def _key(values: Values, name: str) -> str:
    found = values.text("collect", name, default="")
    if len(found.encode()) > _LONGEST_KEY or found.startswith("s3:"):
        values.fault(f"`collect.{name}` is a part of keys, such as AWSLogs/123456789012/", "collect", name)
    return found


def _endpoint(values: Values) -> str:
    found = values.text("collect", "endpoint").rstrip("/")
    try:
        parts = urlsplit(found)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.path or parts.query or parts.fragment or "@" in found:
        values.fault("`collect.endpoint` is https://host or https://host:port and no more", "collect", "endpoint")
    return found
