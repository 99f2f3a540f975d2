"""The room of the Sweep page."""
