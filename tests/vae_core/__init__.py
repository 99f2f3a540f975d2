"""Tests of the science, against oracles that share no code with it."""
