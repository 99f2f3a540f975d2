"""Checkpoint files, and the library of models."""
