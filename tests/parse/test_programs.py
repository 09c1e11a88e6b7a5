"""What readers of programs answer becomes columns: by name, in their types, numbers only where they fit."""

from __future__ import annotations

import pyarrow as pa
from parse.reading import event

from warroom.parse.programs import READERS, columns_of, read, reader_of


def test_short_words_are_core_columns_and_what_is_no_column_is_a_field() -> None:
    core, fields = columns_of(
        {"user": ["a", None], "port": ["53", "x"], "address": ["192.0.2.7", "host"], "helo": [None, "h"]}
    )
    assert {name: column.to_pylist() for name, column in core.items()} == {
        "user_name": ["a", None], "source_port": [53, None], "source_address": ["192.0.2.7", "host"],
        "source_ip": ["192.0.2.7", None],
    }  # fmt: skip
    assert {name: column.to_pylist() for name, column in fields.items()} == {"helo": [None, "h"]}


def test_numbers_that_do_not_fit_are_left_out() -> None:
    core, _ = columns_of({"source_port": ["2147483648", "٣", "9" * 400, "-1", "7"], "process_pid": ["9" * 18] * 5})
    assert core["source_port"].to_pylist() == [None, None, None, None, 7]
    assert core["process_pid"].to_pylist() == [10**18 - 1] * 5


def test_programs_are_known_by_their_whole_name_or_what_stands_before_the_slash() -> None:
    assert reader_of("postfix/submission/smtpd") is reader_of("postfix") is not None
    assert reader_of("unheard-of") is None
    assert all(reader_of(program) is not None for program in READERS)
    programs = pa.array([None, "unheard-of", "postfix/smtpd"])
    core, _ = read(programs, pa.array(["x", "y", "connect from h[192.0.2.7]"]))
    assert core["source_ip"].to_pylist() == [None, None, "192.0.2.7"]
    assert read(pa.array(["unheard-of"]), pa.array(["x"])) == ({}, {})


def test_a_better_message_takes_the_place_of_the_whole_and_only_there() -> None:
    found = event(
        "syslog", b"May  1 10:00:00 db1 postgres[7]: [1-1] 2024-05-01 10:00:00 UTC [7] LOG:  checkpoint starting: time"
    )
    assert found["message"] == "checkpoint starting: time"
    found = event("syslog", b"May  1 10:00:00 db1 postgres[7]: no prefix, no severity")
    assert found["message"] == "no prefix, no severity"
