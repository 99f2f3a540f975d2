"""Exact inference where the latent space has two dimensions."""
