"""The real pages over the stand-in data, for browser tests: ``streamlit run tests/dashboard/fake_app.py``."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for folder in (str(ROOT), str(Path(__file__).parent)):
    if folder not in sys.path:
        sys.path.insert(0, folder)

from fake_data import FakeData  # noqa: E402

from dashboard import data  # noqa: E402

FakeData(os.environ.get("FAKE_KIND", "full")).install(data)
runpy.run_path(str(ROOT / "dashboard" / "app.py"), run_name="__main__")
