"""Failures that end a command with one sentence that says what to do."""

import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError


class LocalStackError(Exception):
    """A failure. The message is all that is printed."""


def exit_with_one_sentence(action: Callable[[], None]) -> None:
    """Run a command. A failure prints one sentence and exits with status 1."""
    try:
        action()
    except LocalStackError as error:
        sys.exit(str(error))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"The local stack did not answer as expected ({error}); see .local/ministack.log.")
    except OSError as error:
        sys.exit(f"The operating system refused: {error}.")
    except KeyboardInterrupt:
        sys.exit("Stopped; run it again to continue.")
