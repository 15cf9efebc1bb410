"""Told without being asked: new findings go out after a run, by e-mail, to a webhook, or into a file.

Nothing is sent unless ``notify`` of workspace.yaml says so. A message that can't be sent is told and breaks nothing:
its findings wait in ``state/notices.json`` for the next run.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl

from pipelines.trust.findings import SEVERITIES, in_order
from pipelines.wording import Speech
from pipelines.wording.digest import digest
from pipelines.workspace import Workspace
from pipelines.workspace.notices import Notice, SecretMissing, secret_of

#: Nobody waits longer for another machine.
TIMEOUT_S = 15
_SECURITY = {"starttls": "starttls", "tls": "ssl", "none": "insecure"}


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one message: where to (no secrets), how many findings, what was in the way (None: nothing)."""

    to: str
    findings: int
    problem: str | None


def send_notices(workspace: Workspace, findings: pl.DataFrame, new: list[str]) -> list[Sent]:
    """Tell every receiver that is set of the ``new`` findings (ids), and of those that it could not be told before.

    ``findings``: the present findings (``trust.findings.SCHEMA``). Never raises: what fails is in the result.
    """
    if not workspace.settings.notify:
        return []
    path = workspace.state / "notices.json"
    waiting = _waiting(path)
    still: dict[str, list[str]] = {}
    sent = []
    for notice in workspace.settings.notify:
        key = hashlib.sha256(notice.model_dump_json().encode()).hexdigest()[:16]
        told = _told(findings, [*new, *waiting.get(key, [])], notice)
        if told.is_empty():
            continue
        problem = _send(workspace, notice, told)
        if problem is not None:
            still[key] = told["finding_id"].to_list()
        sent.append(Sent(_named(notice), told.height, problem))
    _keep(path, still)
    return sent


def _told(findings: pl.DataFrame, ids: list[str], notice: Notice) -> pl.DataFrame:
    wanted = SEVERITIES[SEVERITIES.index(notice.severity) :]
    chosen = pl.col("finding_id").is_in(ids) & pl.col("closed_at").is_null() & pl.col("severity").is_in(wanted)
    return in_order(findings.filter(chosen))


def _send(workspace: Workspace, notice: Notice, told: pl.DataFrame) -> str | None:
    """None where it went out, else what was in the way."""
    speech = Speech.of(notice.language, workspace.settings.currency)
    title, text = digest(speech, workspace.settings.name, told.to_dicts())
    try:
        if notice.to == "file":
            _write(workspace.root / notice.folder, title, text)
            return None
        url = _email(notice) if notice.to == "email" else _webhook(secret_of(notice.url_env))
        return _through_apprise(url, title, text)
    except (SecretMissing, OSError, ValueError) as error:
        return str(error)
    except Exception as error:  # a library's own failure must not end a run that has loaded and published
        return f"{type(error).__name__}: the message was not sent"


def _write(folder: Path, title: str, text: str) -> None:
    """One file per run, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"findings-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.txt"
    partial = folder / f".{name}.partial"
    partial.write_text(f"{title}\n\n{text}", encoding="utf-8")
    os.replace(partial, folder / name)


def _email(notice: Notice) -> str:
    login = ""
    if notice.user:
        password = secret_of(notice.password_env) if notice.password_env else ""
        login = f"{quote(notice.user, safe='')}:{quote(password, safe='')}@"
    query = {
        "from": notice.sender or "", "to": ",".join(notice.recipients), "smtp": notice.host or "",
        "mode": _SECURITY[notice.security], "format": "text", "cto": str(TIMEOUT_S), "rto": str(TIMEOUT_S),
    }  # fmt: skip
    return f"mailto://{login}{notice.host}:{notice.port}?" + "&".join(
        f"{k}={quote(v, safe='')}" for k, v in query.items()
    )


def _webhook(url: str) -> str:
    """Slack's and Teams' own addresses as they are; any other one takes plain JSON with ``title`` and ``message``."""
    import apprise

    if not re.match(r"https?://", url):
        raise ValueError("the address of the webhook must begin with https:// or http://")
    if apprise.Apprise.instantiate(url, suppress_exceptions=True) is not None:
        return url
    scheme, rest = url.split("://", 1)
    joint = "&" if "?" in rest else "?"
    return f"json{'s' if scheme == 'https' else ''}://{rest}{joint}format=text&cto={TIMEOUT_S}&rto={TIMEOUT_S}"


def _through_apprise(url: str, title: str, text: str) -> str | None:
    """Send one message; the library's own words about a failure are told, without addresses and passwords."""
    import apprise

    words = _Words()
    log = logging.getLogger("apprise")
    log.addHandler(words)
    try:
        asset = apprise.AppriseAsset(app_id="Sightline", app_desc="Sightline", app_url="", image_url_mask="")
        receiver = apprise.Apprise(asset=asset)
        if not receiver.add(url):
            return "the settings of this receiver can't be used: see notify in workspace.yaml"
        if receiver.notify(title=title, body=text, body_format=apprise.NotifyFormat.TEXT):
            return None
    finally:
        log.removeHandler(words)
    return words.last or "the message was not taken"


class _Words(logging.Handler):
    """Keeps the last warning of a library, without what may be secret in it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        said = re.sub(r"\S+://\S+", "(address)", record.getMessage())
        self.last = " ".join(said.split())[:200]


def _named(notice: Notice) -> str:
    named = {"file": notice.folder, "email": ", ".join(notice.recipients), "webhook": notice.url_env}
    return f"{notice.to} {named[notice.to]}"


def _waiting(path: Path) -> dict[str, list[str]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _keep(path: Path, still: Mapping[str, list[str]]) -> None:
    if not still and not path.exists():
        return
    with suppress(OSError):  # a full disk is told elsewhere; a message told twice harms nobody
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(still), encoding="utf-8")
        os.replace(partial, path)


def notice_documents(sent: list[Sent]) -> list[dict[str, Any]]:
    """What ``run --json`` prints of the messages."""
    return [{"to": one.to, "findings": one.findings, "problem": one.problem} for one in sent]
