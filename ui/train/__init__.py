"""The room of the Train page."""
