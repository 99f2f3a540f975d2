"""Values that last for a session, each in a named slot: the one door to ``st.session_state``."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st

T = TypeVar("T")


@dataclass(frozen=True)
class Slot(Generic[T]):
    """A value of this session under a name, which is the widget's key where a widget shows it.

    Attributes:
        name: two slots of one name are one value.
        default: what it is until it is set. It is handed out, not copied: use immutable ones.
    """

    name: str
    default: T

    def get(self) -> T:
        """The value as it is now."""
        value: T = st.session_state.get(self.name, self.default)
        return value

    def set(self, value: T) -> None:
        """Keep a value. That of a widget can be set before it is drawn, and in callbacks."""
        st.session_state[self.name] = value

    def is_set(self) -> bool:
        """Whether there is a value besides the default."""
        return self.name in st.session_state

    def clear(self) -> None:
        """Back to the default."""
        if self.name in st.session_state:
            del st.session_state[self.name]


OWNER_COOKIE = "latent-explorer-browser"

_SESSION = Slot("session", "")


_OWNER_COOKIE = re.compile(r"[0-9a-f]{32}")


def owner() -> str:
    """The secret of this browser, by which its runs and models are its own.

    It is in a cookie that the server sets, see ``ui.shell.browser_secret``, and in no link. Where
    there is no cookie, what was started belongs to the session, and nobody after a reload.
    """
    cookie = st.context.cookies.get(OWNER_COOKIE)
    if isinstance(cookie, str) and _OWNER_COOKIE.fullmatch(cookie):  # AppTest has a mock there
        return cookie
    return session()


def session() -> str:
    """A name for this session, by which the job queue knows it."""
    if not _SESSION.is_set():
        _SESSION.set(secrets.token_hex(16))
    return _SESSION.get()
