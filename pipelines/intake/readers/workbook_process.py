"""The process in which workbooks are parsed, seen from the program.

Starting an interpreter and its libraries costs more than reading a usual workbook. So one process is started, once it
is needed, that never opens a workbook itself: for each it forks a child with limits of its own (``workbook_child``),
and a child that breaks, hangs or swells takes nothing with it. Where the process itself is lost, another one follows.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

_ROOT = Path(__file__).resolve().parents[3]
_CHILD = "pipelines.intake.readers.workbook_child"
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
_STARTING = 30  # seconds that a new process may take until it answers


class TookTooLong(Exception):
    """The workbook was not read in time; its process has been ended."""


class ParserProcess:
    """One process, which parses one workbook after the other, each in a child of its own."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _CHILD],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
                env={**environment, "PYTHONPATH": str(_ROOT), "PYTHONIOENCODING": "utf-8"},
                start_new_session=True,
            )
        self._socket = ours
        self._used = False

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def parse(self, request: dict[str, Any], rows: IO[bytes], seconds: int) -> int:
        """Have a workbook parsed into ``rows``; gives the child's exit status (negative: the signal that ended it).

        Raises :class:`TookTooLong`.
        """
        self._socket.settimeout(seconds if self._used else seconds + _STARTING)
        self._used = True
        try:
            message = json.dumps(request).encode() + b"\n"
            sent = socket.send_fds(self._socket, [message], [rows.fileno()])
            self._socket.sendall(message[sent:])
            answer = self._socket.recv(64)
        except TimeoutError as error:
            self.end()
            raise TookTooLong from error
        except OSError:
            answer = b""
        if not answer:
            self.end()
            return self._process.returncode or 1
        return int(answer)

    def end(self) -> None:
        """End the process and whatever child it has."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._socket.close()


_lock = threading.Lock()
_running: list[ParserProcess] = []


def parse_workbook(request: dict[str, Any], rows: IO[bytes], seconds: int) -> int:
    """Have a workbook parsed by the process that this program has for it, which is started where there is none.

    As :meth:`ParserProcess.parse`. The process ends with this one: it reads the end of its input.
    """
    with _lock:
        if not _running or not _running[0].alive:
            _running[:] = [ParserProcess()]
        return _running[0].parse(request, rows, seconds)
