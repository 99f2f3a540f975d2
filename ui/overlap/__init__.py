"""The room of the Overlap page."""
