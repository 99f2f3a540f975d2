"""The room of the Likelihood page."""
