"""The latent plane of a model: places, pins, projections, and choosing on it."""
