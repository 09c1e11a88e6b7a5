"""`./run scan` over files that are no text of lines, and over folders with other files in them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from warroom.__main__ import main

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
RULE = """title: Anything
id: 00000000-0000-4000-8000-00000000000b
level: low
logsource: {logsource}
detection:
  s: {selection}
  condition: s
"""
ZEEK = b"#separator \\x09\n#path\tdns\n#fields\tts\tquery\n#types\ttime\tstring\n%s"


def scan(
    tmp_path: Path, path: Path, logsource: str, selection: str, *more: str
) -> tuple[int, list[dict[str, Any]], dict[str, Any]]:
    (tmp_path / "rules").mkdir(exist_ok=True)
    (tmp_path / "rules/rule.yml").write_text(RULE.format(logsource=logsource, selection=selection))
    found, summary = tmp_path / "found", tmp_path / "summary"
    arguments = ("scan", path, "--rules", tmp_path / "rules", "--output", found, "--summary", summary, *more)
    code = main([str(argument) for argument in arguments])
    return code, [json.loads(line) for line in found.read_text().splitlines()], json.loads(summary.read_text())


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARROOM_CACHE", str(tmp_path / "cache"))


def test_records_of_an_evtx_file(tmp_path: Path) -> None:
    path = SAMPLES / "evtx/powershell_service_creation.evtx"
    code, found, summary = scan(tmp_path, path, "{category: ps_script}", "{ScriptBlockText|contains: a}")
    assert code == 1
    assert summary["events_read"] == summary["events_parsed"] > len(found) > 0
    assert all(match["event"]["EventID"] == "4104" for match in found)
    assert found[0]["ts"] == found[0]["event"]["@timestamp"] == found[0]["event"]["TimeCreated_SystemTime"]
    assert 1 <= found[0]["record"] < found[-1]["record"] <= summary["events_read"]


def test_4688_answers_a_rule_for_process_creation(tmp_path: Path) -> None:
    path = SAMPLES / "evtx/4688_bits_transfer.evtx"
    logsource = "{product: windows, category: process_creation}"
    _, found, _ = scan(tmp_path, path, logsource, "{Image|endswith: '\\bitsadmin.exe', CommandLine|contains: transfer}")
    assert [match["event"]["EventID"] for match in found] == ["4688"]


@pytest.mark.parametrize(
    ("sample", "logsource", "selection"),
    [
        ("parse/cloud/stratus_cloudtrail_stop.json", "{product: aws, service: cloudtrail}", "{eventName: StopLogging}"),
        (
            "parse/cloud/invictus_records.json",
            "{product: aws, service: cloudtrail}",
            "{eventSource|contains: amazonaws}",
        ),
        ("parse/cloud/falco_exec_pod.json", "{product: kubernetes, service: audit}", "{objectRef.subresource: exec}"),
        ("parse/network/zeek_dns.log", "{category: dns}", "{query|contains: windowsupdate}"),
        ("parse/network/zeek_http.log", "{product: zeek, service: http}", "{c-uri: /m, id.resp_p: 8080}"),
        ("parse/network/suricata_eve.log", "{product: suricata}", "{alert.category|contains: Attempted}"),
        ("parse/auditd/useradd.log", "{product: linux, service: auditd}", "{type: ADD_USER}"),
    ],
)
def test_rules_meet_their_log_source(tmp_path: Path, sample: str, logsource: str, selection: str) -> None:
    code, found, summary = scan(tmp_path, SAMPLES / sample, logsource, selection)
    assert code == 1
    assert found[0]["record"] >= 1
    assert summary["events_rejected"] == 0


@pytest.mark.parametrize(
    ("sample", "logsource", "selection", "original"),
    [
        ("parse/network/suricata_eve.log", "{product: suricata}", "{alert.category|contains: Attempted}", False),
        ("parse/auditd/useradd.log", "{product: linux, service: auditd}", "{type: ADD_USER}", True),
    ],
)
def test_a_match_tells_its_line_where_that_is_no_json(
    tmp_path: Path,
    sample: str,
    logsource: str,
    selection: str,
    original: bool,  # noqa: FBT001
) -> None:
    _, found, _ = scan(tmp_path, SAMPLES / sample, logsource, selection)
    lines = (SAMPLES / sample).read_text().splitlines()
    assert {match["event"].get("event.original") == lines[match["record"] - 1] for match in found} == {original}
    assert {"event.original" in match["event"] for match in found} == {original}


def test_zeeks_header_counts_for_every_block(tmp_path: Path) -> None:
    path = tmp_path / "dns.log"
    count = 25_000  # more than one block of 4 MiB
    path.write_bytes(ZEEK % b"".join(b"%d.000000\thost%d.%s\n" % (at, at, b"x" * 180) for at in range(count)))
    _, found, summary = scan(tmp_path, path, "{product: zeek, service: dns}", f"{{query|startswith: host{count - 1}.}}")
    assert [match["record"] for match in found] == [count + 4]
    assert (summary["events_parsed"], summary["events_rejected"]) == (count, 4)


def test_other_files_of_a_folder_are_left_out_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    shutil.copy(SAMPLES / "evtx/4688_bits_transfer.evtx", folder)
    (folder / "README").write_text("no log at all\n")
    code, _, summary = scan(tmp_path, folder, "{category: process_creation}", "{Image: nothing}")
    assert (code, summary["events_read"]) == (0, 2)
    assert f"{folder / 'README'}: left out: format not recognised" in capsys.readouterr().err
    assert main(["scan", str(folder / "README")]) == 2


@pytest.mark.parametrize("named", [(), ("--format", "cri+nginx")])
def test_a_web_server_in_a_container_answers_rules_for_web_servers(tmp_path: Path, named: tuple[str, ...]) -> None:
    log = tmp_path / "0.log"
    line = (
        '2026-11-21T09:00:00.1Z stdout F 192.0.2.1 - - [21/Nov/2026:09:00:00 +0000] "GET /evil HTTP/1.1" 200 5 "-" "x"'
    )
    log.write_text(f"{line}\n" * 2)
    code, found, _ = scan(tmp_path, log, "{category: webserver}", "{cs-uri-stem: /evil}", *named)
    assert (code, len(found)) == (1, 2)
    assert (found[0]["event"]["event.original"], found[0]["event"]["stream"]) == (line, "stdout")
