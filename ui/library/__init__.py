"""Models and their images, loaded once for all sessions, and the chooser of a model."""
