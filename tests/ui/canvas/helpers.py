"""A plane of ten images, as the canvas is given it."""

from vae_core.web.specs import PlaneSpec

PLANE = PlaneSpec(
    title="",
    decoder_url="d",
    points_url="p",
    layers=(2, 8, 16),
    activation="silu",
    likelihood="bernoulli",
    count=10,
    latent_dim=2,
    projected=False,
    axis_titles=("z₁", "z₂"),
)
