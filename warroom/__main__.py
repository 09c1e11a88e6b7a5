"""The command line: finds the command's file, runs it, and turns an error into one clear line."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Final

from warroom.errors import WarroomError

#: Command → what it does. Each is warroom/commands/<name>.py and is imported only when it is asked for.
COMMANDS: Final = {
    "demo": "A simulated registration day under attack: worker and console, nothing to configure.",
    "up": "Worker and console on the configured feeds.",
    "worker": "The worker alone: collectors, detection, incidents.",
    "console": "The console alone.",
    "ingest": "One pass of the collectors into the store.",
    "scan": "Sigma over log files, without a store.",
    "parse": "Log files to normalised events.",
    "rules": "Detectors: new, check, test, list, back-test, stages, coverage, conversion, SigmaHQ's releases.",
    "feeds": "The feed catalogue: list, check, test, new.",
    "intel": "Threat intelligence: load, list, match, feeds, poll.",
    "platforms": "The 38 platforms: feeds by log source, probe, detectors, drill, personal data.",
    "drill": "Drills with a ground truth: list, start, score.",
    "playbooks": "Playbooks: check, list; CACAO 2.0 in and out.",
    "incident": "Incidents: list, show, acknowledge, assign, note, close.",
    "report": "One incident for others: an exchange file, a document, or all of them in a pack.",
    "clocks": "Legal deadlines from given times: plan.",
    "reports": "Shift, daily, weekly, monthly and annual reports: make, list.",
    "user": "Accounts: add, list, disable, roles, passwords, API tokens.",
    "ledger": "Received = stored + rejected, stored = evaluated, by feed.",
    "verify": "Proves the records unchanged: audit chain, incidents, segments; exit 1 where not.",
    "hold": "Legal holds: set, list, lift.",
    "backup": "A copy of state and logs, made while the war room runs.",
    "restore": "A backup into an empty state folder, also on another machine.",
    "settings": "Every setting with its value and where it comes from.",
}


#: Commands that read logs by the gigabyte, each in a process of its own.
BULK: Final = frozenset(("scan", "parse"))
#: Commands whose process reads logs as long as it lives.
STAYING: Final = frozenset(("worker", "ingest"))


def main(arguments: list[str]) -> int:
    """Run one command.

    Exit codes: 0 done, 1 the thing checked for was found, 2 wrong usage or unreadable input.
    """
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        sys.stdout.write(_help())
        return 0
    name, *rest = arguments
    if name not in COMMANDS:
        import difflib

        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean `./run {near[0]}`?" if near else "`./run --help` lists the commands"
        sys.stderr.write(f"error: there is no command `{name}`: {hint}\n")
        return 2
    return _run(name, rest)


def _run(name: str, rest: list[str]) -> int:
    try:
        module = importlib.import_module(f"warroom.commands.{name}")
        module.app(args=rest, prog_name=f"./run {name}")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # whoever read our output went away: nothing is wrong with us
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except WarroomError as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 2
    except OSError as problem:
        sys.stderr.write(f"error: {_told(problem)}\n")
        return 2
    return 0


def _told(problem: OSError) -> str:
    """Say what the system refused; of a state folder that is another user's, whose it is and what to do."""
    from pathlib import Path

    from warroom.settings import Settings
    from warroom.store.permission import barred, is_barred

    if isinstance(problem, PermissionError) and problem.filename:
        state = Settings().data_dir / "state.db"
        if Path(os.fsdecode(problem.filename)).is_relative_to(state.parent) and is_barred(state):
            return barred(state)
    place = f"{problem.filename}: " if problem.filename else ""
    return f"{place}{problem.strerror or problem}"


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {does}" for name, does in COMMANDS.items()]
    own = [
        "Made by ./run itself:",
        f"  {'test':<{width}}  Everything CI checks, its own set-up included: [quick|soak].",
    ]
    return "\n".join(
        [
            "Cybersecurity war room for Thailand's digital government.",
            "",
            "Usage: ./run COMMAND [--help]",
            "",
            *lines,
            "",
            *own,
            "",
        ]
    )


if __name__ == "__main__":
    if BULK.intersection(sys.argv[1:2]):
        from warroom.machine import bulk

        bulk.make_ready()
        bulk.leave(bulk.with_room(main, sys.argv[1:]))
    if STAYING.intersection(sys.argv[1:2]):
        from warroom.machine import bulk

        bulk.make_ready_to_stay()
    sys.exit(main(sys.argv[1:]))
