"""The room of the Surgery page."""
