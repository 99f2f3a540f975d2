"""Runs as the pages start, follow and draw them."""
