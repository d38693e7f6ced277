"""What went wrong, in one sentence that tells what to do."""

import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError


class LocalStackError(Exception):
    """Its message is all that a person gets to see."""


def exit_with_one_sentence(action: Callable[[], None]) -> None:
    """Runs a command; a failure is one sentence and exit status 1."""
    try:
        action()
    except LocalStackError as error:
        sys.exit(str(error))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"The local stack did not answer as expected ({error}); see .local/ministack.log.")
    except OSError as error:
        sys.exit(f"The machine refused: {error}.")
    except KeyboardInterrupt:
        sys.exit("Stopped; run it again to go on.")
