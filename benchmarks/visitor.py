"""One visitor of the app, over the websocket that a browser speaks.

It opens pages by the menu, clicks on canvases, and changes choosers, sliders, numbers and toggles
that the page really has. Buttons are left alone: some start a training.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

OWNER_COOKIE = "latent-explorer-browser"  # as a browser has it from the page's answer
REPLY_LIMIT = 60.0  # seconds
PAGE_CHANGES = 0.25  # share of the events
_FINISHED = (
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
)


@dataclass(frozen=True)
class Event:
    """Something a visitor did, from its message to the message that the script has finished.

    Attributes:
        page: its path; "" is the first one.
        action: "open", "click" (on a canvas), "chooser", "slider", "number" or "toggle".
        seconds: it took.
        error: what the page said instead; "" if all went well.
    """

    page: str
    action: str
    seconds: float
    error: str = ""


@dataclass(frozen=True)
class _Control:
    """What a visitor can change: ``change`` writes a new value, drawn at random, into the state."""

    id: str
    action: str
    fragment_id: str
    change: Callable[[WidgetState, random.Random], None]


# What cacheable messages hold: the server sends them once a visitor, then their hash alone.
_KNOWN: dict[str, ForwardMsg] = {}


class Visitor:
    """A session that has opened the first page, until its socket is closed."""

    def __init__(self, address: str, seed: int) -> None:
        """``address``: host and port."""
        self.address = address
        self.random = random.Random(seed)
        self.page = ""
        self._socket: ClientConnection
        self._hash_of: dict[str, str] = {}  # page's path -> hash by which it is asked for
        self._controls: dict[str, _Control] = {}
        self._cached: set[str] = set()
        self._query = ""
        self._error = ""

    async def __aenter__(self) -> Visitor:
        self._socket = await connect(
            f"ws://{self.address}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            additional_headers={"Cookie": f"{OWNER_COOKIE}={self.random.randbytes(16).hex()}"},
            max_size=None,
            proxy=None,
            open_timeout=REPLY_LIMIT,
            ping_timeout=None,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()

    @property
    def pages(self) -> list[str]:
        """Paths of the pages in the menu, once the first one was opened."""
        return list(self._hash_of)

    @property
    def actions(self) -> list[str]:
        """What can be done on this page."""
        return sorted({control.action for control in self._controls.values()})

    async def open(self, page: str = "", hash_of: Visitor | None = None) -> Event:
        """Go to a page as the menu does: with no query.

        Args:
            page: its path.
            hash_of: who knows the menu already, for a visitor whose first page is not the first.
        """
        if hash_of is not None:
            self._hash_of = hash_of._hash_of
        self.page, self._query = page, ""
        message = BackMsg()
        message.rerun_script.page_script_hash = self._hash_of.get(page, "")
        return await self._rerun("open", message)

    async def act(self, action: str) -> Event:
        """Change some control of this kind, which ``actions`` names."""
        control = self.random.choice(
            [control for control in self._controls.values() if control.action == action]
        )
        message = BackMsg()
        message.rerun_script.page_script_hash = self._hash_of.get(self.page, "")
        message.rerun_script.fragment_id = control.fragment_id
        state = message.rerun_script.widget_states.widgets.add()
        state.id = control.id
        control.change(state, self.random)
        return await self._rerun(action, message)

    async def go_on(self) -> Event:
        """Whatever a visitor may do next: another page, or something on this one."""
        if not self.actions or self.random.random() < PAGE_CHANGES:
            return await self.open(self.random.choice(self.pages or [""]))
        return await self.act(self.random.choice(self.actions))

    async def _rerun(self, action: str, message: BackMsg) -> Event:
        # As a browser does: the server then sends only the hash of what is known already.
        message.rerun_script.cached_message_hashes.extend(sorted(self._cached))
        message.rerun_script.query_string = self._query
        url = f"http://{self.address}/{self.page}"
        message.rerun_script.context_info.url = f"{url}?{self._query}" if self._query else url
        self._error = ""
        whole_page = not message.rerun_script.fragment_id
        started = time.perf_counter()
        try:
            await self._socket.send(message.SerializeToString())
            async with asyncio.timeout(REPLY_LIMIT):
                while not self._take(await self._socket.recv(), whole_page):
                    pass
        except TimeoutError:
            self._error = f"no answer in {REPLY_LIMIT:g} s"
        return Event(self.page, action, time.perf_counter() - started, self._error)

    def _take(self, frame: str | bytes, whole_page: bool) -> bool:
        """Note what matters in a message from the server; True for the last one of a rerun."""
        assert isinstance(frame, bytes)
        message = ForwardMsg()
        message.ParseFromString(frame)
        kind = message.WhichOneof("type")
        if message.metadata.cacheable and kind != "ref_hash":
            self._cached.add(message.hash)
            _KNOWN[message.hash] = message
        if kind == "ref_hash":
            message = _KNOWN[message.ref_hash]
            kind = message.WhichOneof("type")
        if kind == "script_finished":
            return message.script_finished in _FINISHED
        if kind == "new_session" and whole_page:
            self._controls.clear()
        elif kind == "navigation":
            self._hash_of = {
                "" if page.is_default else page.url_pathname: page.page_script_hash
                for page in message.navigation.app_pages
            }
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "delta":
            element = message.delta.new_element
            if element.HasField("exception"):
                self._error = element.exception.message
            control = _control(element, message.delta.fragment_id)
            if control is not None:
                self._controls[control.id] = control
        return False


def _control(element: Element, fragment_id: str) -> _Control | None:
    """What a visitor may change in an element; None if there is nothing."""
    kind = element.WhichOneof("type")
    if kind == "bidi_component":
        return _canvas(element, fragment_id)
    if kind not in ("selectbox", "radio", "button_group", "slider", "number_input", "checkbox"):
        return None
    widget = getattr(element, kind)
    if widget.disabled or widget.form_id:
        return None

    def change(state: WidgetState, draw: random.Random) -> None:
        if kind in ("selectbox", "radio"):
            state.string_value = draw.choice(list(widget.options))
        elif kind == "button_group":
            state.string_array_value.data.append(draw.choice(list(widget.options)).content)
        elif kind == "checkbox":
            state.bool_value = not widget.default
        elif kind == "number_input":
            state.double_value = _number(widget, draw)
        elif widget.type == Slider.SELECT_SLIDER:
            state.string_array_value.data.append(draw.choice(list(widget.options)))
        else:
            steps = int((widget.max - widget.min) / widget.step)
            state.double_array_value.data.append(widget.min + draw.randint(0, steps) * widget.step)

    actions = {"slider": "slider", "number_input": "number", "checkbox": "toggle"}
    if kind in ("selectbox", "radio", "button_group") and not widget.options:
        return None
    return _Control(widget.id, actions.get(kind, "chooser"), fragment_id, change)


def _number(widget, draw: random.Random) -> float:  # type: ignore[no-untyped-def]  # a protobuf
    """Anywhere in a range of at most 10,000 steps; else near the default."""
    low, high = widget.min, widget.max
    if not (widget.has_min and widget.has_max and (high - low) / widget.step <= 10_000):
        low = max(low, widget.default) if widget.has_min else widget.default
        high = low + 10 * widget.step
    return float(low + draw.randint(0, int((high - low) / widget.step)) * widget.step)


def _canvas(element: Element, fragment_id: str) -> _Control | None:
    """A place on one of the planes; a q let go somewhere near the prior's middle."""
    component = element.bidi_component
    latent = component.component_name.endswith("latent_canvas")
    if not latent and not component.component_name.endswith("q_canvas"):
        return None
    data = json.loads(component.mixed.json or component.json)

    def change(state: WidgetState, draw: random.Random) -> None:
        x, y = draw.gauss(0, 1), draw.gauss(0, 1)
        if latent:
            plane = draw.randrange(len(data["planes"]))
            point = draw.randrange(data["planes"][plane]["count"])
            click = {"plane": plane, "x": x, "y": y, "point": point, "time": time.monotonic()}
            state.json_value = json.dumps({"click": click})
        else:
            q = {
                "image": data["image"],
                "mu": [x, y],
                "sigma": [draw.uniform(0.05, 1) for _ in "xy"],
            }
            state.json_value = json.dumps({"q": q})

    return _Control(component.id, "click", fragment_id, change)
