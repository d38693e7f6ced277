"""Rehearse drills on the local stack. Exit status 1 if a proof fails."""

import sys

from drills import full_quota, other_table, restore, rotate_keys, stuck_workspace, upgrade
from drills.rehearsal import begin
from tools.local.failure import LocalStackError, exit_with_one_sentence
from tools.local.progress import console

DRILLS = {
    "restore": restore.rehearse,
    "other-table": other_table.rehearse,
    "rotate-keys": rotate_keys.rehearse,
    "stuck-workspace": stuck_workspace.rehearse,
    "full-quota": full_quota.rehearse,
    "upgrade": upgrade.rehearse,
}


def main() -> None:
    """Rehearse the drills named on the command line, or all of them."""
    names = sys.argv[1:] or list(DRILLS)
    if unknown := set(names) - set(DRILLS):
        raise LocalStackError(
            f"Unknown drill: {', '.join(sorted(unknown))}. The drills are {', '.join(DRILLS)}."
        )
    for name in names:
        console.print(f"\n[bold]{name}[/bold]")
        DRILLS[name](begin())
    console.print("\n[bold green]Everything was proved.[/]")


if __name__ == "__main__":
    exit_with_one_sentence(main)
