"""Changing a feed's YAML as text: what is asked for changes, what a person wrote stays, and YAML reads it back."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from warroom.catalog import parse_yaml
from warroom.catalog.feed_text import listed, scalar, with_key, with_line, with_section
from warroom.catalog.transports import TRANSPORTS, keys_of
from warroom.console.feed_form import KEYS

TEXT = """# mine
title: {th: ก, en: a}   # kept
platform: gdx
collect:
  transport: file
  paths:
    - /a
    - /b
parse:
  format: jsonl
  fields:
    ts: time

enabled: false
"""
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def data(text: str) -> dict[str, object]:
    (document,) = parse_yaml(text.encode(), Path("x.yml"))
    return dict(document.data)


def test_a_section_is_replaced_and_the_rest_stays_as_it_was() -> None:
    changed = with_section(TEXT, "collect", {"transport": "push", "token_env": scalar("TOKEN")})
    assert changed == TEXT.replace(
        "  transport: file\n  paths:\n    - /a\n    - /b\n", '  transport: push\n  token_env: "TOKEN"\n'
    )
    added = with_section("platform: gdx\n", "collect", {"transport": "file"})
    assert added == "platform: gdx\ncollect:\n  transport: file\n"


def test_a_key_is_set_changed_with_what_belongs_to_it_and_taken_out() -> None:
    assert data(with_key(TEXT, "parse", "era", "buddhist"))["parse"] == {
        "format": "jsonl", "fields": {"ts": "time"}, "era": "buddhist",
    }  # fmt: skip
    assert data(with_key(TEXT, "parse", "fields", None))["parse"] == {"format": "jsonl"}
    assert data(with_key(TEXT, "collect", "paths", '["/c"]'))["collect"] == {"transport": "file", "paths": ["/c"]}
    assert data(with_key("platform: gdx\n", "parse", "era", "common"))["parse"] == {"era": "common"}
    assert with_key("platform: gdx\n", "parse", "era", None) == "platform: gdx\n"


def test_a_line_comes_where_it_belongs() -> None:
    changed = with_line(TEXT, "log_source", "authn", after="platform")
    assert changed == TEXT.replace("platform: gdx\n", "platform: gdx\nlog_source: authn\n")
    assert with_line(changed, "log_source", None) == TEXT
    assert with_line("enabled: true\n", "platform", "gdx", after="title") == "enabled: true\nplatform: gdx\n"


@given(texts, st.lists(texts, max_size=4))
def test_yaml_reads_back_what_was_written(one: str, many: list[str]) -> None:
    read = data(with_section("", "collect", {"one": scalar(one), "many": listed(many)}))["collect"]
    assert isinstance(read, dict)
    assert str(read["one"]).lower() == one if one in ("true", "false") else str(read["one"]) == one or one.isdigit()
    assert read["many"] == many


def test_the_wizard_knows_every_transport_of_lines_and_only_keys_that_there_are() -> None:
    assert KEYS.keys() == TRANSPORTS.keys() - {"probe"}
    for transport, keys in KEYS.items():
        assert set(keys) <= set(keys_of(transport)), transport
