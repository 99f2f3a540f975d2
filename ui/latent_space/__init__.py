"""The room of the Latent space page."""
