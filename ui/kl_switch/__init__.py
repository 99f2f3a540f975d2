"""The room of the KL switch page."""
