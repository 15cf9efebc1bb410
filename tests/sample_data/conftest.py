"""How the committed files may differ from those that are made here."""

from __future__ import annotations

import zlib

#: zlib's own releases pack alike; other builds (zlib-ng, ...) pack the same content otherwise.
USUAL_ZLIB = zlib.ZLIB_RUNTIME_VERSION.replace(".", "").isdigit()
