"""Exports, and their state."""

from __future__ import annotations

from typing import Any, Optional, TypedDict

from .events import Pagination


class Export(TypedDict):
    id: str
    status: str
    format: str
    bom: bool
    filters: dict[str, Any]
    total_rows: Optional[int]
    file_size: Optional[int]
    download_url: Optional[str]
    error_message: Optional[str]
    created_at: str
    expires_at: Optional[str]


class ExportState(TypedDict):
    id: str
    status: str


class StartedExport(ExportState):
    data: ExportState


class ExportAnswer(ExportState):
    data: Export


class ExportPage(TypedDict):
    data: list[Export]
    pagination: Pagination
