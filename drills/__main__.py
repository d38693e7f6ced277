"""Rehearse drills on the local stack. Exit status 1 if a proof fails."""

import sys

from drills import (
    bad_record,
    clients,
    full_quota,
    lost_records,
    lost_state,
    other_table,
    restore,
    rotate_keys,
    rotate_log_key,
    sam_local,
    stuck_workspace,
    upgrade,
    witness,
)
from drills.rehearsal import begin
from tools.local.failure import LocalStackError, exit_with_one_sentence
from tools.local.progress import console

DRILLS = {
    "restore": restore.rehearse,
    "other-table": other_table.rehearse,
    "rotate-keys": rotate_keys.rehearse,
    "stuck-workspace": stuck_workspace.rehearse,
    "full-quota": full_quota.rehearse,
    "bad-record": bad_record.rehearse,
    "lost-records": lost_records.rehearse,
    "lost-state": lost_state.rehearse,
    "rotate-log-key": rotate_log_key.rehearse,
    "witness": witness.rehearse,
    "upgrade": upgrade.rehearse,
    "clients": clients.rehearse,
}
BY_NAME = {"sam-local": sam_local.rehearse}
"""Drills that need more than the local stack, and run only when they are named."""


def main() -> None:
    """Rehearse the drills named on the command line, or all that need only the local stack."""
    names = sys.argv[1:] or list(DRILLS)
    drills = DRILLS | BY_NAME
    if unknown := set(names) - set(drills):
        raise LocalStackError(
            f"Unknown drill: {', '.join(sorted(unknown))}. The drills are {', '.join(drills)}."
        )
    for name in names:
        console.print(f"\n[bold]{name}[/bold]")
        drills[name](begin())
    console.print("\n[bold green]Everything was proved.[/]")


if __name__ == "__main__":
    exit_with_one_sentence(main)
