"""Whose run comes next: visitors take turns, however many runs each of them has waiting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from vae_core.jobs.ownership import visitor_of
from vae_core.jobs.run_folder import RunFolder


class Turns:
    """Who has had a turn, and when."""

    def __init__(self) -> None:
        self._turns = 0
        self._last: dict[str, int] = {}  # by visitor

    def took(self, folder: RunFolder) -> None:
        """A run was started."""
        self._turns += 1
        self._last[visitor_of(folder)] = self._turns

    def order(
        self, waiting: Sequence[RunFolder], running: Collection[RunFolder]
    ) -> list[RunFolder]:
        """The runs that wait, the next one first.

        Next is whoever has the fewest runs in the places, and of those who has waited longest
        since their last turn; the runs of one visitor stay in their order.

        Args:
            waiting: in the order in which they came.
            running: those in the places.
        """
        places = Counter(map(visitor_of, running))
        last = dict(self._last)
        of_visitor: dict[str, list[RunFolder]] = {}
        for folder in waiting:
            of_visitor.setdefault(visitor_of(folder), []).append(folder)
        ordered: list[RunFolder] = []
        while of_visitor:
            # Of two that are alike the one that came first, as a dictionary keeps them.
            visitor = min(of_visitor, key=lambda who: (places[who], last.get(who, 0)))
            ordered.append(of_visitor[visitor].pop(0))
            places[visitor] += 1
            last[visitor] = self._turns + len(ordered)
            if not of_visitor[visitor]:
                del of_visitor[visitor]
        return ordered
