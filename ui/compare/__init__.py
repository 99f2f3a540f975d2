"""The room of the Compare runs page."""
