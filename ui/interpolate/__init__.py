"""The room of the Interpolate page."""
