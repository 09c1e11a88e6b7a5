"""A download is written whole to a file of our own, or not at all; and it is asked for only where it is new."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import stat
from errno import ENOSPC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Handler, plain, serving

from warroom.errors import DiskFullError, OutboundError, StoreError
from warroom.net import Connector, Version, networks

LOOPBACK = networks("127.0.0.0/8")
BODY = b"198.51.100.7\n" * 50_000


def test_a_body_is_streamed_to_a_file_that_only_we_may_read(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with serving({"/list": plain(BODY)}) as (url, asked):
            connector = Connector(LOOPBACK, most_bytes=10)
            done = connector.download(f"{url}/list", tmp_path / "body", headers={"accept": "x/y"})
    finally:
        os.umask(before)
    assert (done.status, done.size) == (200, len(BODY))
    assert done.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (tmp_path / "body").read_bytes() == BODY
    assert stat.S_IMODE((tmp_path / "body").stat().st_mode) == 0o600
    assert (asked[0][1]["accept"], asked[0][1]["accept-encoding"]) == ("x/y", "gzip")


def test_a_packed_body_is_unpacked_whatever_its_members(tmp_path: Path) -> None:
    packed = gzip.compress(BODY) + gzip.compress(b"") + gzip.compress(b"the end")
    with serving({"/": plain(packed, content_encoding="gzip")}) as (url, _):
        Connector(LOOPBACK).download(url, tmp_path / "body")
    assert (tmp_path / "body").read_bytes() == BODY + b"the end"


def test_what_is_known_is_not_sent_again(tmp_path: Path) -> None:
    def answer(handler: Handler) -> None:
        same = handler.headers["if-none-match"] == '"v1"' or handler.headers["if-modified-since"] == "then"
        if same:
            handler.answer(b"", 304)
        else:
            handler.answer(b"new", ETag='"v1"', Last_Modified="then")

    connector = Connector(LOOPBACK)
    with serving({"/": answer}) as (url, asked):
        first = connector.download(url, tmp_path / "a")
        assert first.version == Version('"v1"', "then")
        for number, known in enumerate((first.version, Version(etag='"v1"'), Version(modified="then"))):
            assert connector.download(url, tmp_path / f"b{number}", known=known).status == 304
        assert connector.download(url, tmp_path / "c", known=Version("", "")).status == 200
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "c"]
    assert not {"if-none-match", "if-modified-since"} & asked[-1][1].keys()


def test_a_version_that_cannot_be_sent_back_is_none(tmp_path: Path) -> None:
    with serving({"/": plain(b"x", ETag='"' + "x" * 2000 + '"', Last_Modified="never")}) as (url, _):
        assert Connector(LOOPBACK).download(url, tmp_path / "body").version == Version("", "never")


@pytest.mark.parametrize("status", [204, 206, 301, 401, 404, 500])
def test_what_is_no_document_leaves_no_file(status: int, tmp_path: Path) -> None:
    with serving({"/": plain(b"" if status == 204 else b"not this", status)}) as (url, _):
        done = Connector(LOOPBACK).download(url, tmp_path / "body")
    assert (done.status, done.size, list(tmp_path.iterdir())) == (status, 0, [])


def test_a_question_goes_as_json(tmp_path: Path) -> None:
    told: list[bytes] = []

    def answer(handler: Handler) -> None:
        told.append(handler.body)
        handler.answer(b"[]", content_type="application/json")

    with serving({"/search": answer}) as (url, asked):
        done = Connector(LOOPBACK).download(
            f"{url}/search", tmp_path / "body", json={"limit": 2, "ไทย": True}, secrets={"authorization": "key"}
        )
    assert json.loads(told[0]) == {"limit": 2, "ไทย": True}
    assert (asked[0][1]["content-type"], asked[0][1]["authorization"]) == ("application/json", "key")
    assert (done.headers["content-type"], (tmp_path / "body").read_bytes()) == ("application/json", b"[]")


def test_no_file_is_overwritten_and_none_is_led_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "not yet")
    with serving({"/": plain(b"x")}) as (url, _):
        for name in ("there", "link", "no folder/body"):
            with pytest.raises(StoreError, match="does not take what is fetched"):
                Connector(LOOPBACK).download(url, tmp_path / name)
    assert (tmp_path / "there").read_bytes() == b"mine"
    assert not (tmp_path / "not yet").exists()


def test_a_full_disk_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int, _piece: bytes) -> int:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    with serving({"/": plain(b"x")}) as (url, _), monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(DiskFullError, match="No space left"):
            Connector(LOOPBACK).download(url, tmp_path / "body")
    assert list(tmp_path.iterdir()) == []


@given(body=st.binary(max_size=2000), cut=st.integers(1, 2000))
def test_a_packed_body_comes_whole_or_is_refused(
    body: bytes, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("body")
    packed = gzip.compress(body)
    with serving(
        {"/": plain(packed, content_encoding="gzip"), "/cut": plain(packed[:-cut], content_encoding="gzip")}
    ) as (
        url,
        _,
    ):
        Connector(LOOPBACK).download(url, folder / "whole")
        assert (folder / "whole").read_bytes() == body
        with pytest.raises(OutboundError):
            Connector(LOOPBACK).download(f"{url}/cut", folder / "cut")
    assert not (folder / "cut").exists()
