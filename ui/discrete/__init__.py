"""The room of the Discrete latents page."""
