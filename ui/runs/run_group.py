"""Runs that stand together on a page: started, found again by the link, watched, stopped."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import get_args

import streamlit as st

from ui.common import forms, links
from ui.common.state import Slot, owner, session
from ui.common.text import plain, sentence, short
from ui.runs.client import STARTED, mine, runner
from ui.runs.queue_words import waiting
from vae_core.config import ModelKind
from vae_core.data import DATASETS
from vae_core.jobs import RunView, TrainRequest, read_run
from vae_core.settings import READ_BY
from vae_core.storage.record import epoch_in_words

CLASSIFIERS = READ_BY["labels_per_class"]
WITH_ELBO = tuple(kind for kind in get_args(ModelKind) if kind not in CLASSIFIERS)
"""Kinds of models whose runs have an ELBO over their epochs."""

_NAMED = 4  # runs that cannot be shown; a link may have thousands


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
        kinds: of models, whose runs the panel can show.
    """

    name: str
    most: int
    grows: bool = False
    compared: bool = True
    poll_seconds: float = 1.0
    kinds: Collection[ModelKind] = WITH_ELBO

    def ids(self) -> tuple[str, ...]:
        """Those in the link, else those that this session started last."""
        return links.value(self._slot, forms.names(self.most))

    def start(
        self, requests: Sequence[TrainRequest], *, anew: bool = False, beside: str = ""
    ) -> bool:
        """Queue runs and put them into the link; says so and is False if they cannot be had.

        Args:
            anew: compute them even if the same was trained before.
            beside: the run that they are to be compared with, whoever started it.
        """
        before = self.ids() if self.grows else ()
        try:
            started = tuple(runner().submit_all(requests, session(), owner(), anew=anew))
        except (ValueError, OSError) as error:
            st.error(sentence(error), icon=":material/error:")
            return False
        self._slot.set((*before, *started)[-self.most :])
        if self.compared:
            earlier = [run_id for run_id in STARTED.get() if run_id != beside]
            STARTED.set((*earlier, *([beside] if beside else []), *started))
        return True

    def show(self, run_id: str) -> None:
        """Put a run of before into the group, as if it had been started last."""
        before = self.ids() if self.grows else ()
        self._slot.set((*(other for other in before if other != run_id), run_id)[-self.most :])

    def views(self, *, tell: bool = True) -> list[RunView]:
        """How the runs stand; one that is gone, or trains no model, is left out.

        Args:
            tell: name those on the page.
        """
        return _views(self.ids(), self.kinds, tell=tell)

    def watch(self, show: Callable[[list[RunView]], None]) -> None:
        """How far the runs are, and what a panel makes of them, anew until the last is over."""
        views = self.views()
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
        views = _views(run_ids, self.kinds)
        if not views:
            return
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
        own = [view for view in unfinished if mine(view.run_id)]
        paused = [view for view in own if view.paused]
        if not own:
            action.caption("Started by somebody else: you watch.")
            return
        if action.button("Stop", icon=":material/stop:", width="stretch", key=f"{self.name}_stop"):
            _ask(own, stop=True)
        if paused and action.button(
            "Resume", icon=":material/play_arrow:", width="stretch", key=f"{self.name}_resume"
        ):
            _ask(paused, hold=None)

    @property
    def _slot(self) -> Slot[tuple[str, ...]]:
        return Slot(self.name, ())


def _views(
    run_ids: Sequence[str], kinds: Collection[ModelKind], *, tell: bool = True
) -> list[RunView]:
    views, left_out = [], []
    for run_id in run_ids:
        try:
            view = read_run(run_id)
            if not isinstance(view.request, TrainRequest):
                raise ValueError(f"the run {run_id} trains no model")
            if (dataset := view.request.train.dataset) not in DATASETS:
                raise ValueError(
                    f"the run {run_id} is of a data set that is not here, {short(dataset)}"
                )
            if (kind := view.request.model.model) not in kinds:
                raise ValueError(f"the run {run_id} trains a {kind!r}, which is not shown here")
        except ValueError as error:
            left_out.append(sentence(error))
        else:
            views.append(view)
    if left_out and tell:
        say = st.error if len(run_ids) == 1 else st.warning
        more = len(left_out) - _NAMED
        rest = [f"{more} more runs cannot be shown."] if more > 0 else []
        say("  \n".join([*left_out[:_NAMED], *rest]), icon=":material/link_off:")
    return views


def _ask(views: Sequence[RunView], **wishes: object) -> None:
    try:
        for view in views:
            runner().ask(view.run_id, owner(), **wishes)
    except (ValueError, OSError) as error:  # a folder was removed, or the disk is full
        st.error(sentence(error), icon=":material/error:")


def _stage(view: RunView) -> str:
    if view.curve and view.state != "queued":
        return f"epoch {epoch_in_words(view.epoch)}"
    return waiting(view)
