"""The one home of links: what the address asks for, and what it is to say.

Whoever opens a link in a fresh browser sees the view it was taken from. It has what differs from
the defaults, in texts that do not change with the words on the page. What is no value there is
the default, and named above the page. ``controls`` has the widgets that stand in a link;
``value`` is for what none shows.

The address is written once, when the page (or a fragment that ran alone) is done, and only if it
changed. Streamlit's browser side makes one step of history of each such message. So the first
time after a page was opened, by the menu, a link or Back, the address is replaced instead: that
step was made already. From then on one step of a person is one step of history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.canvas.address import replace_address
from ui.common.forms import Form
from ui.common.old_links import text_of_today
from ui.common.state import Slot

T = TypeVar("T")
P = ParamSpec("P")

_LONGEST = 60  # characters of a text that is quoted
_NAMED = 4  # values that are named
_NO_CODE = {ord("`"): "'", ord("\n"): " "}


@dataclass
class _Address:
    """What a session knows of its address.

    Attributes:
        page, path: whose address was read last, and how its path ends.
        asked: what it said then, by name.
        whole: whether it says all, so that what is missing is the default: after Back and Forward.
        taken: names that have been looked up; each is once, then the session's value counts.
        part: the fragment that is being drawn, "" for the page around them.
        told: part -> name -> text, what the view on screen is to have in its link.
        said: what the address says by now.
        opened: whether nothing was written since the page was opened.
        openings: how often a page was opened, by the menu, a link or Back.
        left: pages that were left before their address was written.
        written: how often the address was replaced.
        lost: by what a person calls it, each text that is no value here.
        above: the place over the page where that is said.
    """

    page: str = ""
    path: str = ""
    asked: dict[str, str] = field(default_factory=dict)
    whole: bool = False
    taken: set[str] = field(default_factory=set)
    part: str = ""
    told: dict[str, dict[str, str]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    opened: bool = False
    openings: int = 0
    left: set[str] = field(default_factory=set)
    written: int = 0
    lost: dict[str, str] = field(default_factory=dict)
    above: DeltaGenerator | None = None

    def read(self) -> None:
        """At the start of a run of a whole page."""
        context = get_script_run_ctx()
        if context is None:
            return
        back = context.is_history_navigation
        if back or context.page_script_hash != self.page:
            if self.opened and not self.said:
                self.left.add(self.page)
            self.page, self.asked = context.page_script_hash, st.query_params.to_dict()
            self.said, self.opened, self.taken = self.asked, True, set()
            self.lost = {}
            self.openings += 1
            # An address without a word is that of the defaults, unless nobody waited for its words.
            self.whole = back and (bool(self.asked) or self.page not in self.left)
        self.part, self.told = "", {}

    def take(self, name: str) -> tuple[bool, str | None]:
        """Whether the address decides a value, once, and what it says, None for the default."""
        if name in self.taken:
            return False, None
        self.taken.add(name)
        text = self.asked.get(name)
        if text is None:
            return self.whole, None
        return True, text_of_today(name, text)

    def tell(self, name: str, text: str | None) -> None:
        """What the view has in its link under a name; None for nothing."""
        mine = self.told.setdefault(self.part, {})
        mine.pop(name, None)
        if text is not None:
            mine[name] = text

    def write(self) -> None:
        """The only place from which the address is written."""
        view = {name: text for part in self.told.values() for name, text in part.items()}
        opened, self.opened = self.opened, False
        if not view:
            self.left.discard(self.page)
        if view != self.said and not opened:
            self.lost = {}  # they were of the link, and this is another view
        if self.lost and self.above is not None:
            self.above.warning(_tell(self.lost), icon=":material/link_off:")
        self.above = None
        if view == self.said:
            return
        if opened:
            self.written += 1
            replace_address(self.path, view, self.written)
        else:
            st.query_params.from_dict(view)
        self.said = view


def _tell(lost: Mapping[str, str]) -> str:
    """One sentence for a link that names what is not here; Markdown reads nothing in it."""
    first = list(lost.items())[:_NAMED]
    quoted = {label: text[:_LONGEST].translate(_NO_CODE) for label, text in first}
    named = ", ".join(f"**{label}** `{text}`" for label, text in quoted.items())
    named += f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    return f"This link names what is not here: {named}. The default is shown instead."


def _address() -> _Address:
    slot: Slot[_Address | None] = Slot("address", None)
    found = slot.get()
    if found is None:
        found = _Address()
        slot.set(found)
    return found


@contextmanager
def page(path: str = "") -> Iterator[None]:
    """Around the page's script: reads the address before, writes it after.

    A run that is broken off, by an error or since the next one comes, writes nothing.

    Args:
        path: of the page below the app's own address, "" for the first page.
    """
    address = _address()
    address.path = path
    address.read()
    address.above = st.empty()
    yield
    address.write()


def stop() -> NoReturn:
    """``st.stop`` for a page: what stands above is its view, and in its link."""
    _address().write()  # afterwards Streamlit takes no more messages
    st.stop()


def fragment(draw: Callable[P, None], run_every: float | None = None) -> Callable[P, None]:
    """``st.fragment`` for a part of a page with controls: run alone, it writes the address too."""
    name = f"{draw.__module__}.{draw.__qualname__}"

    @wraps(draw)
    def part(*args: P.args, **kwargs: P.kwargs) -> None:
        address, context = _address(), get_script_run_ctx()
        alone = context is not None and bool(context.fragment_ids_this_run)
        around, address.part = address.part, name
        if alone:
            address.told[name] = {}
        try:
            draw(*args, **kwargs)
        finally:
            address.part = around
        if alone:
            address.write()

    return st.fragment(part, run_every=run_every)


def bring(slot: Slot[T], form: Form[T], label: str | None = "") -> None:
    """Set a slot to what the address asks for, and to its default where its value cannot be had.

    Args:
        label: what a person calls it; None where the page itself says what cannot be had.
    """
    address = _address()
    asked, text = address.take(slot.name)
    if asked:
        value = slot.default
        if text is not None:
            try:
                value = form.read(text)
            except ValueError:
                if label is not None:
                    address.lost[label or slot.name] = text
        slot.set(value)
    elif not slot.is_set() or not form.fits(slot.get()):
        slot.set(slot.default)


def tell(slot: Slot[T], form: Form[T]) -> None:
    """Have the address say a slot's value, unless that is the default."""
    text = form.write(slot.get())
    _address().tell(slot.name, None if text == form.write(slot.default) else text)


def value(slot: Slot[T], form: Form[T], label: str = "") -> T:
    """A value that no control shows: from the link where that has it, and then in the link."""
    bring(slot, form, label)
    tell(slot, form)
    return slot.get()


def opening() -> int:
    """Which opening of a page this is: another one when the menu, a link or Back has led here.

    What keeps its own state in the browser takes that of the page when this changes, and else not:
    the page may be behind it.
    """
    return _address().openings


def opened_with(name: str) -> str:
    """What the address said under a name when this page was opened, or Back led to it."""
    return _address().asked.get(name, "")


def whole_address() -> str:
    """The link of the view on screen as it can be sent to somebody; "" outside a browser."""
    parts = urlsplit(st.context.url or "")
    query = urlencode(_address().said)
    return urlunsplit((*parts[:3], query, "")) if parts.netloc else ""
