"""Which statuses generated requests may get, by operation, and how many are generated."""

from __future__ import annotations

from typing import Any

EXAMPLES_PER_OPERATION = 60
REFUSED = ["400", "401", "422", "429"]
READING = (
    "listEvents", "getEvent", "summarizeEvents", "verifyChain", "listExports", "getExport",
    "cancelExport",
)  # fmt: skip

PROVING = {
    # No run may have covered a record of the workspace yet. Any sizes have an answer.
    "getCheckpoint": (["200", "409"], ["401", "422"]),
    "getConsistency": (["200", "409"], ["401", "422"]),
    # The ids of events and anchors were never issued.
    "getEventProof": (["404"], ["401", "404", "422"]),
    "getAnchor": (["404"], ["401", "404", "422"]),
    "verifyAnchor": (["404"], ["401", "404", "422"]),
    # Without parameters, or with a limit alone, nothing can be missing.
    "listLogKeys": (["200"], ["422"]),
    "listAnchors": (["200"], ["401", "422"]),
    # The same without an API key. A hash in another form is no hash.
    "lookUpPublicAnchor": (["404"], ["422"]),
    "verifyPublicAnchor": (["404"], ["404", "422"]),
}
"""The statuses of requests with good and with bad parameters. Each may also get a 429."""

OF_THE_PAGE = {
    # Few names are those of a file. Parameters that nobody reads are no error.
    "getViewerFile": (["200", "304"], ["200", "304", "404"]),
    "getViewerFileOfDomain": (["200", "304"], ["200", "304", "404"]),
}
"""The same for the files of the page."""

CONFIG: dict[str, Any] = {
    "seed": 20261123,
    "generation": {
        "max-examples": EXAMPLES_PER_OPERATION,
        "deterministic": True,
        "database": "none",
    },
    "checks": {
        # The defaults would also accept a 404 or a 5xx as a response to good or bad data.
        "positive_data_acceptance": {"expected-statuses": ["202", "429"]},
        "negative_data_rejection": {"expected-statuses": REFUSED},
        # HEAD is answered wherever GET is, and API Gateway itself refuses TRACE.
        "unsupported_method": {"enabled": False},
    },
    "operations": [
        {
            # A bad event does not stop the others: 202 is right if any event is valid.
            "include-operation-id": "submitEvents",
            "checks": {"negative_data_rejection": {"expected-statuses": ["202", *REFUSED]}},
        },
        *(
            {
                # Generated ids and cursors were never issued: 404 and 400.
                "include-operation-id": operation_id,
                # So there are fewer of each response, and how many is partly chance.
                "generation": {"max-examples": 2 * EXAMPLES_PER_OPERATION},
                "checks": {
                    "positive_data_acceptance": {"expected-statuses": ["200", "400", "404", "429"]},
                    "negative_data_rejection": {"expected-statuses": ["404", *REFUSED]},
                },
            }
            for operation_id in READING
        ),
        *(
            {
                "include-operation-id": operation_id,
                "checks": {
                    "positive_data_acceptance": {"expected-statuses": [*good, "429"]},
                    "negative_data_rejection": {"expected-statuses": [*bad, "429"]},
                },
            }
            for operation_id, (good, bad) in {**PROVING, **OF_THE_PAGE}.items()
        ),
        {
            # The key of the local stack may make tokens for all events.
            "include-operation-id": "createViewerToken",
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["200", "429"]},
            },
        },
        *(
            {
                # Parameters that nobody reads, such as those against caches, are no error.
                "include-operation-id": operation_id,
                "checks": {
                    "positive_data_acceptance": {"expected-statuses": ["200", "304", "429"]},
                    "negative_data_rejection": {"enabled": False},
                },
            }
            for operation_id in ("checkHealth", "getViewer", "getViewerOfDomain")
        ),
        {
            # Generated links are not signed, and some ids cannot be in a path.
            "include-operation-id": "downloadExport",
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["401", "403", "404", "429"]},
                "negative_data_rejection": {"expected-statuses": ["403", "404", *REFUSED]},
            },
        },
    ],
}
