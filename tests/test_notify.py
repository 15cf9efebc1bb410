"""New findings go out to real servers (SMTP, HTTP) and a folder on this machine; failures break nothing."""

from __future__ import annotations

import email.policy
import json
import shutil
import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from pipelines.run import run
from pipelines.workspace import Workspace, WorkspaceError, init_workspace, load_workspace
from tests.bench.made import write_export, write_workspace

EVIL = '=cmd|" /C calc"!A0 <!channel> <b>@here<b>.txt'


class _Mailbox:
    def __init__(self) -> None:
        self.letters: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(envelope)
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[_Mailbox, int]]:
    box = _Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=_free_port())
    controller.start()
    yield box, controller.port
    controller.stop()


@pytest.fixture
def hook() -> Iterator[tuple[list[dict[str, Any]], int]]:
    posted: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield posted, server.server_port
    server.shutdown()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that has been taken in, and found in order."""
    folder = tmp_path_factory.mktemp("company")
    write_workspace(folder)
    write_export(folder / "inbox" / "acme" / "calls.csv", 300, days=7)
    run(load_workspace(folder))
    return folder


def _company(loaded: Path, folder: Path, notify: str, files: dict[str, str] | None = None) -> Workspace:
    """A copy with receivers, and with files that nothing can be done with."""
    shutil.copytree(loaded, folder)
    with (folder / "workspace.yaml").open("a") as settings:
        settings.write(f"notify:\n{notify}")
    for name, text in (files if files is not None else {EVIL.replace("/", "-"): "hello"}).items():
        (folder / "inbox" / "acme" / name).write_text(text)
    return load_workspace(folder)


def _email(port: int, more: str = "") -> str:
    return (
        f"  - {{to: email, host: 127.0.0.1, port: {port}, security: none, sender: sightline@example.com,"
        f" recipients: [care@example.com, ops@example.com]{more}}}\n"
    )


def test_nothing_is_sent_by_default(loaded: Path) -> None:
    workspace = load_workspace(loaded)
    assert workspace.settings.notify == []
    assert run(workspace).notices == []
    assert not (workspace.state / "notices.json").exists()


def test_a_letter_reaches_a_real_server(loaded: Path, tmp_path: Path, mailbox: tuple[_Mailbox, int]) -> None:
    box, port = mailbox
    report = run(_company(loaded, tmp_path / "a", _email(port)))
    assert [one.problem for one in report.notices] == [None]
    receivers = {receiver for letter in box.letters for receiver in letter.rcpt_tos}
    assert receivers == {"care@example.com", "ops@example.com"}
    letter = message_from_bytes(box.letters[0].content, policy=email.policy.default)
    assert "1 new finding" in letter["Subject"]
    assert letter["From"].endswith("<sightline@example.com>") or letter["From"] == "sightline@example.com"
    body = letter.get_body(preferencelist=("plain",)).get_content()
    assert "another file than expected" in body
    assert "never an accusation" in body
    html = letter.get_body(preferencelist=("html",))
    assert html is None or "<b>@here" not in html.get_content()
    assert "<" not in body
    assert "@here" not in body


def test_the_same_findings_are_told_once(loaded: Path, tmp_path: Path, mailbox: tuple[_Mailbox, int]) -> None:
    box, port = mailbox
    workspace = _company(loaded, tmp_path / "a", _email(port))
    run(workspace)
    count = len(box.letters)
    assert run(workspace).notices == []
    assert len(box.letters) == count


def test_a_webhook_gets_json_in_french(
    loaded: Path, tmp_path: Path, hook: tuple[list[dict[str, Any]], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    posted, port = hook
    monkeypatch.setenv("SIGHTLINE_TEST_HOOK", f"http://127.0.0.1:{port}/services/secret-token")
    workspace = _company(loaded, tmp_path / "a", "  - {to: webhook, url_env: SIGHTLINE_TEST_HOOK, language: fr}\n")
    report = run(workspace)
    assert [one.problem for one in report.notices] == [None]
    (message,) = posted
    assert "nouveau(x) constat(s)" in message["title"]
    assert "fichier autre qu'attendu" in message["message"]
    assert "<!channel>" not in message["message"]
    assert "‹!channel›" in message["message"]


def test_a_folder_gets_one_file_per_run(loaded: Path, tmp_path: Path) -> None:
    workspace = _company(loaded, tmp_path / "a", "  - {to: file, folder: notices}\n")
    run(workspace)
    (written,) = (workspace.root / "notices").iterdir()
    text = written.read_text()
    assert text.startswith("Sightline, Benchmark: 1 new finding(s)")
    assert "python -m pipelines findings" in text


def test_severity_chooses_what_is_told(loaded: Path, tmp_path: Path) -> None:
    quiet = "  - {to: file, folder: notices, severity: critical}\n"
    workspace = _company(loaded, tmp_path / "a", quiet, {"twice.csv": (loaded / "inbox/acme/calls.csv").read_text()})
    assert run(workspace).notices == []
    assert not (workspace.root / "notices").exists()


@pytest.mark.parametrize("kind", ["email", "webhook", "unset", "no_address", "file"])
def test_a_message_that_fails_breaks_nothing_and_is_sent_later(
    loaded: Path, tmp_path: Path, kind: str, hook: tuple[list[dict[str, Any]], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = _free_port()
    secret = "a-secret-that-nobody-may-read"
    monkeypatch.setenv("SIGHTLINE_TEST_PASSWORD", secret)
    if kind == "webhook":
        monkeypatch.setenv("SIGHTLINE_TEST_HOOK", f"http://127.0.0.1:{closed}/{secret}")
    elif kind == "no_address":
        monkeypatch.setenv("SIGHTLINE_TEST_HOOK", f"file:///etc/{secret}")
    webhook = "  - {to: webhook, url_env: SIGHTLINE_TEST_HOOK}\n"
    notify = {
        "email": _email(closed, ", user: u, password_env: SIGHTLINE_TEST_PASSWORD"),
        "file": "  - {to: file, folder: workspace.yaml}\n",
    }.get(kind, webhook)
    workspace = _company(loaded, tmp_path / "a", notify)
    report = run(workspace)
    assert report.version == "warehouse_2"
    (sent,) = report.notices
    assert sent.problem
    assert secret not in sent.problem + sent.to
    assert json.loads((workspace.state / "notices.json").read_text())
    if kind == "webhook":
        posted, port = hook
        monkeypatch.setenv("SIGHTLINE_TEST_HOOK", f"http://127.0.0.1:{port}/x")
        (later,) = run(workspace).notices
        assert (later.problem, len(posted)) == (None, 1)
        assert run(workspace).notices == []


@pytest.mark.parametrize(
    "notify, said",
    [
        ("  - {to: pigeon}\n", "pigeon"),
        ("  - {to: email, host: smtp.example.com, sender: a, recipients: [b@example.com]}\n", "sender"),
        ("  - {to: email, host: smtp.example.com, sender: a@example.com, recipients: []}\n", "recipients"),
        ("  - {to: webhook, url_env: https://hooks.example.com/secret}\n", "url_env"),
        ("  - {to: file, folder: x, sverity: info}\n", "sverity"),
        ("  - {to: file}\n", "folder"),
        ("  - {to: webhook, url_env: A, host: smtp.example.com}\n", "host"),
        ("  - {to: email, host: h, sender: a@b.c, recipients: [d@e.f], user: u}\n", "password_env"),
    ],
)
def test_a_mistake_in_the_settings_is_told_with_its_place(tmp_path: Path, notify: str, said: str) -> None:
    write_workspace(tmp_path)
    with (tmp_path / "workspace.yaml").open("a") as settings:
        settings.write(f"notify:\n{notify}")
    with pytest.raises(WorkspaceError) as told:
        load_workspace(tmp_path)
    (problem,) = told.value.problems
    assert problem.file == "workspace.yaml"
    assert problem.line > 0
    assert said in str(problem)


def test_what_the_template_explains_is_valid(tmp_path: Path) -> None:
    init_workspace(tmp_path / "new")
    settings = tmp_path / "new" / "workspace.yaml"
    head, block = settings.read_text().split("# notify:\n")
    lines = ["notify:", *(line.removeprefix("# ") for line in block.splitlines() if line.startswith("#   "))]
    settings.write_text(head + "\n".join(lines) + "\n")
    notices = load_workspace(tmp_path / "new").settings.notify
    assert [one.to for one in notices] == ["file", "email", "webhook"]
    assert notices[1].password_env == "SIGHTLINE_SMTP_PASSWORD"
