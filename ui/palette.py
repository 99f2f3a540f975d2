"""Colours of the classes, for the canvas and the figures alike."""

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
