"""Runs that stand together on a page: started, found again by the link, watched, stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from ui.common import forms, links
from ui.common.state import Slot, session
from ui.common.text import plain, sentence
from ui.runs.client import STARTED, runner
from vae_core.jobs import RunView, TrainRequest, read_run
from vae_core.storage.record import epoch_in_words


@dataclass(frozen=True)
class RunGroup:
    """The runs of one panel.

    Attributes:
        name: of the group in the link.
        most: how many runs it holds.
        grows: whether new runs join those before, of which the oldest leave; else they take their
            place.
        compared: whether the page Compare runs offers them.
        poll_seconds: how often to look while one is not over.
    """

    name: str
    most: int
    grows: bool = False
    compared: bool = True
    poll_seconds: float = 1.0

    def ids(self) -> tuple[str, ...]:
        """Those in the link, else those that this session started last."""
        return links.value(self._slot, forms.names(self.most))

    def start(self, requests: Sequence[TrainRequest]) -> bool:
        """Queue runs and put them into the link; says so and is False if they cannot be had."""
        before = self.ids() if self.grows else ()
        try:
            started = tuple(runner().submit_all(requests, session()))
        except (ValueError, OSError) as error:
            st.error(sentence(error), icon=":material/error:")
            return False
        self._slot.set((*before, *started)[-self.most :])
        if self.compared:
            STARTED.set((*STARTED.get(), *started))
        return True

    def views(self) -> list[RunView]:
        """How the runs stand.

        Raises:
            ValueError: one is gone, or trains no model.
        """
        return _views(self.ids())

    def watch(self, show: Callable[[list[RunView]], None]) -> None:
        """How far the runs are, and what a panel makes of them, anew until the last is over."""
        try:
            views = self.views()
        except ValueError as error:
            st.error(sentence(error), icon=":material/error:")
            return
        if views:
            unfinished = any(view.unfinished for view in views)
            every = self.poll_seconds if unfinished else None
            run_ids = [view.run_id for view in views]
            st.fragment(self._show, run_every=every)(run_ids, unfinished, show)

    def _show(
        self,
        run_ids: Sequence[str],
        drawn_unfinished: bool,
        show: Callable[[list[RunView]], None],
    ) -> None:
        views = _views(run_ids)
        if any(view.unfinished for view in views) != drawn_unfinished:
            st.rerun()  # the whole page: what it shows of the runs depends on it
        if drawn_unfinished:
            self._show_progress(views)
        messages = dict.fromkeys(plain(v.message) for v in views if not v.unfinished and v.message)
        if messages:
            failed = any(view.state == "failed" for view in views)
            tell = st.error if failed else st.warning
            tell("  \n".join(messages), icon=":material/error:")
        show(views)

    def _show_progress(self, views: Sequence[RunView]) -> None:
        unfinished = [view for view in views if view.unfinished]
        over = len(views) - len(unfinished)
        share = (over + sum(view.fraction for view in unfinished)) / len(views)
        row, action = st.columns([4, 1], vertical_alignment="center")
        row.progress(
            min(share, 1.0),
            text=f"{over} of {len(views)} runs are over, the next: {_stage(unfinished[0])}.",
        )
        if action.button("Stop", icon=":material/stop:", width="stretch", key=f"{self.name}_stop"):
            for view in unfinished:
                runner().stop(view.run_id)

    @property
    def _slot(self) -> Slot[tuple[str, ...]]:
        return Slot(self.name, ())


def _views(run_ids: Sequence[str]) -> list[RunView]:
    views = [read_run(run_id) for run_id in run_ids]
    for view in views:
        if not isinstance(view.request, TrainRequest):
            raise ValueError(f"the run {view.run_id} trains no model")
    return views


def _stage(view: RunView) -> str:
    if view.curve:
        return f"epoch {epoch_in_words(view.epoch)}"
    return f"number {view.position} in the queue" if view.position else "about to start"
