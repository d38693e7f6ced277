"""The workspace that `make up` makes, and its API key."""

from indelible.accounts.keys import SCOPES, check_key, prefix_of
from indelible.accounts.workspace import Policy
from indelible.aws.api_keys import DynamoDBKeys, create_key
from indelible.aws.table import Table
from indelible.aws.workspaces import create_workspace
from indelible.errors import Unauthenticated
from indelible.runtime.clock import now

from tools.local.aws import root_session


def create_demo_workspace(endpoint_url: str, table_name: str) -> tuple[str, str]:
    """Make a workspace; returns its id and an API key with every scope."""
    table = _table(endpoint_url, table_name)
    created_at = now()
    workspace = create_workspace(table, "demo", Policy(), created_at)
    return workspace.id, create_key(table, workspace.id, "demo", frozenset(SCOPES), created_at)


def works(endpoint_url: str, table_name: str, workspace_id: str, api_key: str) -> bool:
    """Whether this is still a valid key of the workspace."""
    try:
        stored = DynamoDBKeys(_table(endpoint_url, table_name)).find(prefix_of(api_key))
        return check_key(api_key, stored).workspace_id == workspace_id
    except Unauthenticated:
        return False


def _table(endpoint_url: str, table_name: str) -> Table:
    return Table(root_session().client("dynamodb", endpoint_url=endpoint_url), table_name)
