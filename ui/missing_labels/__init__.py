"""The room of the Missing labels page."""
