"""The app's side: rooms of the pages, and what they share. A page composes its own room."""
