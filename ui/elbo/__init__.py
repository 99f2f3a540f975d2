"""The room of the ELBO page."""
