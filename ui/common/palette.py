"""Colours that the canvas and the figures share."""

from __future__ import annotations

# Told apart without red or green cones, and in greys; contrast of at least 3 on either theme.
OURS, BEST, BOUND = "#3288cc", "#cf7a1f", "#84898f"
THIRD = "#b0479a"

# Okabe & Ito 2008: told apart by colour-blind eyes; the dash tells them apart once more.
RUN_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
RUN_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def run_colour(place: int) -> str:
    return RUN_COLOURS[place % len(RUN_COLOURS)]


# Found by search: every pair is at least 23 CIEDE2000 apart, and 13 as seen with no red or no
# green cones (Machado et al. 2009; the usual ten of matplotlib: 16, and 1 to 3). All have a
# contrast of at least 2.3 with a white and 2.6 with a near-black page. The order puts digits
# that lie side by side on the plane (3, 5, 8 and 4, 7, 9) far apart.
CLASS_COLOURS = (
    "#e5386a",
    "#287550",
    "#f78c68",
    "#7a4573",
    "#28bca7",
    "#ab780a",
    "#178caa",
    "#2951d7",
    "#9da2fa",
    "#a82303",
)
