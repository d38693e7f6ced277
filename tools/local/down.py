"""`make down`: stops the local stack. The data stays; `--clean` removes it."""

import shutil
import sys

from tools.local import emulator, settings
from tools.local.failure import exit_with_one_sentence
from tools.local.progress import console, step


def down(*, clean: bool = False) -> None:
    found = emulator.running()
    if found is None:
        console.print("The local stack is not running.")
    else:
        with step("Stopping MiniStack"):
            emulator.stop(found)
    if clean:
        settings.STACK_FILE.unlink(missing_ok=True)
        shutil.rmtree(settings.LOCAL / "state", ignore_errors=True)
        shutil.rmtree(settings.LOCAL / "tmp", ignore_errors=True)
        console.print("Its data is removed.")


if __name__ == "__main__":
    exit_with_one_sentence(lambda: down(clean="--clean" in sys.argv[1:]))
