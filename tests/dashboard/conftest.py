"""Stand-in data, and pages run without a browser."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import data

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def _load(name: str) -> ModuleType:
    """A helper module beside this file; test folders are no packages."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


_load("fake_breaches")
_load("fake_documents")
_load("fake_fairness")
_load("fake_ledger")
_load("fake_money")
_load("fake_trust")
fake_data = _load("fake_data")


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Runs one page over stand-in data: ``page("weekly_review", kind="full", query={...})``."""

    def run(
        name: str, kind: str = "full", query: dict[str, str | list[str]] | None = None, **options: object
    ) -> AppTest:
        fake = fake_data.FakeData(kind, **options)
        fake.install(data, monkeypatch.setattr)
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
        for key, value in (query or {}).items():
            app.query_params[key] = value
        app.fake = fake
        return app.switch_page(f"pages_/{name}.py").run()

    st.cache_data.clear()
    yield run
    st.cache_data.clear()
