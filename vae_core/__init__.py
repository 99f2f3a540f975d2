"""The science of Latent Explorer: variational autoencoders, measured in nats per image.

This package imports neither streamlit nor plotly, and works on its own from
Python or through its command, ``latent-explorer`` or ``python -m vae_core``.
"""

__version__ = "0.2.0"
