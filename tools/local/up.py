"""`make up`: starts the local stack, deploys the sources, and makes a workspace with a key."""

from tools.local import deployment, emulator, settings, workspace
from tools.local.failure import LocalStackError, exit_with_one_sentence
from tools.local.progress import console
from tools.local.stack import Stack, load, save


def up() -> Stack:
    """Start the emulator and deploy the sources, if necessary. Returns the stack."""
    settings.LOCAL.mkdir(exist_ok=True)
    port = emulator.ensure().port
    before = load()
    sources = deployment.fingerprint()
    outputs = deployment.outputs(port)
    if outputs is None or before is None or before.sources != sources:
        deployment.deploy(port)
        outputs = deployment.outputs(port)
        if outputs is not None:
            deployment.limit_processes(port, _by_folder(outputs, "FunctionName").values())
    if outputs is None:
        log = settings.shown(settings.SETUP_LOG)
        raise LocalStackError(f"The deployment ended without a stack; {log} has the details.")
    stack = _stack(port, outputs, before, sources)
    save(stack)
    return stack


def _stack(port: int, outputs: dict[str, str], before: Stack | None, sources: str) -> Stack:
    endpoint, table = settings.endpoint_url(port), outputs["TableName"]
    if before and workspace.works(endpoint, table, before.workspace_id, before.api_key):
        workspace_id, api_key = before.workspace_id, before.api_key
    else:
        workspace_id, api_key = workspace.create_demo_workspace(endpoint, table)
    return Stack(
        base_url=_local_base_url(endpoint, outputs["BaseUrl"]),
        endpoint_url=endpoint,
        region=settings.REGION,
        table_name=table,
        queue_url=outputs["QueueUrl"],
        dlq_url=outputs["DeadLetterQueueUrl"],
        export_queue_url=outputs["ExportQueueUrl"],
        exports_bucket=outputs["ExportsBucketName"],
        growth_queue_url=outputs["GrowthQueueUrl"],
        locked_bucket=outputs["LockedBucketName"],
        state_bucket=outputs["StateBucketName"],
        signing_key_arn=outputs["UsedSigningKeyArn"],
        log_origin=outputs["UsedLogOrigin"],
        functions=_by_folder(outputs, "FunctionName"),
        roles=_by_folder(outputs, "RoleArn"),
        workspace_id=workspace_id,
        api_key=api_key,
        sources=sources,
    )


def _by_folder(outputs: dict[str, str], ending: str) -> dict[str, str]:
    """The outputs with this ending, by folder: IngestFunctionName belongs to functions/ingest."""
    return {
        name.removesuffix(ending).lower(): value
        for name, value in outputs.items()
        if name.endswith(ending)
    }


def _local_base_url(endpoint: str, base_url: str) -> str:
    """The path under which the emulator serves https://<api>.execute-api.<region>.amazonaws.com."""
    api_id = base_url.removeprefix("https://").partition(".")[0]
    return f"{endpoint}/_aws/execute-api/{api_id}"


def main() -> None:
    stack = up()
    console.print(f"The API is at {stack.base_url}/api/v1/events/batch", soft_wrap=True)
    console.print(f"The key of workspace {stack.workspace_id} is in .local/stack.json")


if __name__ == "__main__":
    exit_with_one_sentence(main)
