"""The room of the Reparameterisation page."""
