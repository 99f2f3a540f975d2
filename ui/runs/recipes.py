"""Network sizes with the learning rate that was measured to suit each."""

from __future__ import annotations

# units -> widths of the encoder, of the decoder, learning rate. Measured on mnist-5k.
SIZES = {
    "linear": ((), (), 0.010),
    "128": ((128,) * 3, (128,) * 3, 0.010),
    "256": ((256,) * 3, (256,) * 3, 0.006),
    "512": ((512,) * 3, (512,) * 3, 0.003),
    "shallow": ((256,), (256,) * 2, 0.003),
}
