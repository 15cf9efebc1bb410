"""House rules of the pages, read from their source and settings."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "dashboard").rglob("*.py"))


def test_no_html_no_script_no_outside_icons() -> None:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert "unsafe_allow" not in text, path
        assert ":material/" not in text or path.name == "escape.py", path
        assert "http://" not in text, path
        assert "https://" not in text, path


def test_only_data_opens_the_warehouse() -> None:
    for path in SOURCES:
        modules = {
            module
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            for module in (
                [node.module or ""] if isinstance(node, ast.ImportFrom)
                else [name.name for name in node.names] if isinstance(node, ast.Import) else []
            )
        }  # fmt: skip
        if path.name != "data.py":
            assert not {module for module in modules if module.startswith(("pipelines.warehouse", "duckdb"))}, path


def test_no_python_runs_within_polars() -> None:
    """Its workers would wait for the interpreter, and the interpreter, in another session, for them: for ever."""
    for path in (*SOURCES, *(ROOT / "pipelines").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\.(map_elements|map_batches|map_groups|map_rows|rolling_map)\(", text), path


def test_settings_are_safe() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["maxUploadSize"] <= 1
    assert config["server"]["enableStaticServing"] is False
    assert config["client"]["showErrorDetails"] == "none"
    assert config["client"]["disableDataExport"] is True
    assert config["browser"]["gatherUsageStats"] is False
    assert "http" not in config["theme"]["font"]


def test_charts_and_components_ask_nobody_for_data() -> None:
    for path in (ROOT / "dashboard" / "charts").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "import streamlit" not in text, path
        assert "dashboard.data" not in text, path
