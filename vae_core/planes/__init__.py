"""From latents to a plane and back: projections, metric, geodesics."""
