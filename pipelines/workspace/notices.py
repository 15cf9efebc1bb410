"""Whom a run tells of new findings: settings of ``workspace.yaml``, their secrets from the environment."""

from __future__ import annotations

import os
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pipelines.workspace.feeds import Strict
from pipelines.workspace.values import wrong

#: What each receiver needs, and what else may be said of it.
NEEDED = {"file": ("folder",), "email": ("host", "sender", "recipients"), "webhook": ("url_env",)}
ALLOWED = {"file": (), "email": ("port", "security", "user", "password_env"), "webhook": ()}
COMMON = ("to", "severity", "language")


def _address(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", text):
        raise wrong("an address such as care@example.com")
    return text


def _variable(text: str) -> str:
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", text):
        raise wrong("the name of an environment variable such as SIGHTLINE_WEBHOOK_URL, never the secret itself")
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.-]+", text):
        raise wrong("the name of a machine such as smtp.example.com")
    return text


Address = Annotated[str, AfterValidator(_address)]
Variable = Annotated[str, AfterValidator(_variable)]
Host = Annotated[str, AfterValidator(_host)]


class Notice(Strict):
    """One receiver: a folder of text files, an e-mail by SMTP, or a webhook that takes JSON.

    ``*_env`` name the environment variables that hold a password or an address that is itself a secret.
    """

    to: Literal["file", "email", "webhook"]
    severity: Literal["info", "warning", "critical"] = "warning"  # at or above it
    language: Literal["en", "fr"] = "en"
    folder: str = ""  # from the workspace's folder, or absolute
    host: Host | None = None
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Address | None = None
    recipients: list[Address] = Field(default_factory=list)
    user: str | None = None
    password_env: Variable | None = None
    url_env: Variable | None = None

    @property
    def lacking(self) -> list[str]:
        """What it needs and does not say."""
        return [name for name in NEEDED[self.to] if not getattr(self, name)]

    @property
    def beside_the_point(self) -> list[str]:
        """What it says and does not need."""
        known = (*COMMON, *NEEDED[self.to], *ALLOWED[self.to])
        return sorted(name for name in self.model_fields_set if name not in known)


class SecretMissing(Exception):
    """An environment variable that a notice names is not set."""


def secret_of(variable: str | None) -> str:
    """The value of an environment variable. Raises :class:`SecretMissing` where it is not set."""
    value = os.environ.get(variable or "", "").strip()
    if not value:
        raise SecretMissing(f"the environment variable {variable} is not set")
    return value
