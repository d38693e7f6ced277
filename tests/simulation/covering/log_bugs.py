"""Deliberate bugs in the log: what a run decides, signs, has cosigned and publishes."""

from __future__ import annotations

from indelible.checkpoints.state import State
from indelible.covering import (
    cosign_again,
    log_tiles,
    next_run,
    publish,
    rare_entries,
    run,
    unfinished,
    witnesses,
)
from support.memory_log import MemoryStates

from ..mutation import bug
from .promises import Promise

ONE_LOG, DECIDED, FOLLOWS = Promise.ONE_LOG, Promise.DECIDED, Promise.FOLLOWS
TILES, COVERED, QUIET = Promise.TILES, Promise.COVERED, Promise.QUIET
CALM, HEARD, HANDLED = Promise.CALM, Promise.HEARD, Promise.HANDLED

LOG_BUGS = [
    bug(
        "the row in the map is stale after a hold",
        State.after,
        (
            "pairs[row.key] = row, workspace",
            "pairs[row.key] = (pairs[row.key][0] if workspace.hold and row.key in pairs else row)"
            ", workspace",
        ),
        breaks={FOLLOWS, CALM, HANDLED, COVERED},
    ),
    bug(
        "the rows are not sorted",
        State.after,
        ("sorted(pairs)", "pairs"),
        breaks={HANDLED},
    ),
    bug(
        "signed before the turn is taken",
        run._decide,
        (
            "    is_ours =",
            "    [each.sign(decision.turn.text) for each in services.signers]\n    is_ours =",
        ),
        breaks={DECIDED, ONE_LOG},
    ),
    bug(
        "the text of a turn is signed unread",
        unfinished.decide_again,
        (
            "    if decision.turn != turn:\n",
            "    return Decision(turn, *_rest(decision))\n    if 0:\n",
        ),
        (
            "    encoded = states",
            "    _rest = lambda d: (d.entries_before, d.run_entry, d.edge, d.tiles, d.workspaces)\n"
            "    encoded = states",
        ),
        breaks={DECIDED},
    ),
    bug(
        "a turn is believed unread",
        run._finish,
        (
            "    except Contradiction as error:\n",
            "    except Contradiction as error:\n"
            "        [each.sign(turn.text) for each in services.signers]\n",
        ),
        breaks={DECIDED, ONE_LOG},
    ),
    bug(
        "the state is read by its key and not by its version",
        MemoryStates.read,
        ("self.versions.get(version)", "[*self.versions.values()][-1]"),
        breaks={CALM},
    ),
    bug(
        "another tile of the log is taken for the same",
        log_tiles.put_same,
        ("bucket.read(key) != content", "False"),
        breaks={TILES},
    ),
    bug(
        "a heartbeat has the map of the run before",
        next_run.next_run,
        (
            "map_root(state.map_rows)",
            "before.run_entry.map_root if before and state.time - before.run_entry.time > 600"
            " else map_root(state.map_rows)",
        ),
        breaks={FOLLOWS},
    ),
    bug(
        "a restart begins with epoch 0",
        rare_entries._restarted,
        ("epoch=workspace.epoch + 1", "epoch=0"),
        breaks={CALM, COVERED},
    ),
    bug(
        "a witness that knows a larger log is not heard",
        witnesses._ask_twice,
        ('which has {edge.size}", True', 'which has {edge.size}", False'),
        breaks={HEARD},
    ),
    bug(
        "a witness that knows another root is not heard",
        witnesses._ask_twice,
        ("answer in _ALARMING", "False"),
        breaks={HEARD},
    ),
    bug(
        "the last entry is not the run's",
        next_run.next_run,
        ("(*state.entries_before, run_entry)", "(run_entry, *state.entries_before)"),
        breaks={FOLLOWS},
    ),
    bug(
        "notes are deleted before the run is published",
        run._run_next,
        (
            "    changed = rare",
            "    services.notes.delete(received)\n    changed = rare",
        ),
        breaks={COVERED},
    ),
    bug(
        "time goes back",
        run._run_next,
        ("max(now // SECOND, newest.run_entry.time if newest else 0)", "now // SECOND"),
        breaks={CALM},
    ),
    bug(
        "a run is signed without asking whether it is published",
        publish.publish,
        ("if bucket.read(run_key(turn.run)) is not None:", "if 0:"),
        breaks={ONE_LOG},
    ),
    bug(
        "a turn is decided anew though it was taken",
        run.run,
        ("turn and turn.run == before.run + 1", "False"),
        breaks={ONE_LOG, CALM},
    ),
    bug(
        "a turn that another run took is used",
        run._decide,
        ("return decision if is_ours else None", "return decision"),
        breaks={ONE_LOG, DECIDED},
    ),
    bug(
        "a run that is finished leaves its tiles",
        run.run,
        (
            "        before = _go_on_from(services, newest, requests)\n    elif",
            "        before = read_state(services.states, newest, requests)\n    elif",
        ),
        breaks={TILES},
    ),
    bug(
        "a turn with another deployment's key is decided anew",
        run._finish,
        ("        raise  #", "        return newest  #"),
        breaks={ONE_LOG},
    ),
    bug(
        "a turn of a time to come is finished",
        unfinished.decide_again,
        ("after.time > max(", "0 > max("),
        breaks={DECIDED, FOLLOWS, QUIET, ONE_LOG},
    ),
    bug(
        "a run that is overtaken takes the table for restored",
        run.run,
        (" and services.turns.read() == turn", ""),
        breaks={CALM},
    ),
    bug(
        "a run that is overtaken reports what witnesses say of its old log",
        cosign_again.cosign_again,
        ("if warnings and", "if 0 and"),
        breaks={CALM},
    ),
    bug(
        "a restart keeps the records of the old epoch",
        rare_entries._restarted,
        ("        epoch=", "        tree=workspace.tree,\n        epoch="),
        breaks={FOLLOWS, CALM, COVERED},
    ),
    bug(
        "an idle run is published every time",
        run._run_next,
        ("if changed or rare.entries or is_due:", "if 1:"),
        breaks={QUIET},
    ),
    bug(
        "an idle log has no heartbeat",
        run._run_next,
        ("newest is None or time - newest.run_entry.time >= HEARTBEAT_SECONDS", "newest is None"),
        breaks={QUIET},
    ),
    bug(
        "the state has another time than its run",
        next_run.next_run,
        ("RunEntry(state.time, ", "RunEntry(state.time + bool(before), "),
        breaks={FOLLOWS},
    ),
    bug(
        "the state has fewer entries than its run",
        State._end,
        ("len(self.entries_before)", "0"),
        ("self.entries_before:", "():"),
        breaks={FOLLOWS, ONE_LOG, CALM},
    ),
    bug(
        "a key has its object before its run is published",
        publish.publish,
        (
            "    note = Note(",
            "    for each in decision.entries_before:\n"
            "        if hasattr(each, 'key') and hasattr(each.key, 'text'):\n"
            "            bucket.put_new(f'key/{each.key.key_id.hex()}', each.key.text.encode())\n"
            "    note = Note(",
        ),
        breaks={FOLLOWS},
    ),
    bug(
        "a run does not put the keys of the run before",
        run._go_on_from,
        ("put_keys(", "len("),
        ("services.bucket, newest, [each.key for each in services.signers])", "())"),
        breaks={CALM, FOLLOWS},
    ),
]
