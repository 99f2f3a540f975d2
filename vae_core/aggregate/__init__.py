"""q(z), the posteriors of all images together: density, overlap, surgery."""
