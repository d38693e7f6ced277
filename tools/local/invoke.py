"""`make invoke`: runs a function once, with a sample, against the running local stack.

The function is the one in the project's folder: a change needs no deployment to be tried. Its
packages, variables, limits and role are those of the deployed one.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.local import emulator, settings
from tools.local.aws import root_session
from tools.local.failure import LocalStackError, exit_with_one_sentence
from tools.local.role_functions import credentials_of
from tools.local.runtime import Answer, run_function
from tools.local.samples import fill, read_sample
from tools.local.stack import Stack, require

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef

_SOURCES = settings.ROOT / "layers" / "common"
_ARGUMENTS = 2
_USAGE = "make invoke FUNCTION=ingest EVENT=events/ingest-batch.json"
_BUILD = settings.LOCAL / "build"
_PACKAGES = _BUILD / "CommonLayer" / "python"


def invoke(stack: Stack, function: str, event: dict[str, Any]) -> Answer:
    """Run the function of this folder with the event, and return how it ended."""
    client = root_session().client("lambda", endpoint_url=stack.endpoint_url)
    deployed = client.get_function_configuration(FunctionName=stack.functions[function])
    folder = settings.ROOT / "functions" / function
    environment = {
        **_environment(deployed, folder),
        **credentials_of(stack, function),
        "AWS_ENDPOINT_URL": stack.endpoint_url,
        "AWS_REGION": stack.region,
        "AWS_DEFAULT_REGION": stack.region,
    }
    return run_function(deployed["Handler"], folder, environment, json.dumps(event).encode())


def _environment(deployed: FunctionConfigurationResponseTypeDef, folder: Path) -> dict[str, str]:
    """The variables that Lambda sets, and those of the template."""
    return {
        **deployed["Environment"]["Variables"],
        "AWS_LAMBDA_FUNCTION_NAME": deployed["FunctionName"],
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(deployed["Timeout"]),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(deployed["MemorySize"]),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "LAMBDA_TASK_ROOT": str(folder),
        # As `sam local invoke` sets it. Powertools then traces nothing: there is no X-Ray here.
        "AWS_SAM_LOCAL": "true",
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join(map(str, (_SOURCES, _PACKAGES, _own_packages(folder)))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_PROXY": settings.HOST,
    }


def _own_packages(folder: Path) -> Path:
    """Where `sam build` has put the packages that only this function needs, beside its code."""
    return _BUILD / f"{folder.name.title()}Function"


def running_stack() -> Stack:
    """The local stack. LocalStackError if it is not running."""
    if emulator.running() is None:
        raise LocalStackError("The local stack is not running; `make up` starts it.")
    return require()


def read_arguments(arguments: list[str], usage: str) -> tuple[str, str]:
    """The function's folder and the text of the sample. LocalStackError if one is wrong.

    `usage` is what to type. The error has it when an argument is missing or too much.
    """
    names = sorted(each.parent.name for each in settings.ROOT.glob("functions/*/app.py"))
    function, path = [*arguments, "", ""][:2]
    if not function or len(arguments) > _ARGUMENTS:
        raise LocalStackError(f"Usage: {usage}\nThe functions are {', '.join(names)}.")
    if function not in names:
        raise LocalStackError(f"FUNCTION is {function!r}; the functions are {', '.join(names)}.")
    samples = sorted(each.name for each in (settings.ROOT / "events").glob(f"{function}-*.json"))
    shown = ", ".join(f"events/{name}" for name in samples)
    if not path:
        raise LocalStackError(f"Name an EVENT. The samples of {function} are {shown}.")
    try:
        return function, read_sample(Path(path))
    except LocalStackError as error:
        raise LocalStackError(f"{error} The samples of {function} are {shown}.") from None


def main() -> None:
    function, sample = read_arguments(sys.argv[1:], _USAGE)
    stack = running_stack()
    answer = invoke(stack, function, fill(stack, sample))
    print(json.dumps(answer.value, indent=2, ensure_ascii=False))
    if answer.failed:
        raise LocalStackError(f"The function {function} failed.")


if __name__ == "__main__":
    exit_with_one_sentence(main)
