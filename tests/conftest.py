"""For all tests: one thread, as in jobs.

Bit-exact comparisons hold for one thread, and two that collide with a busy core take many times
as long as one.
"""

import torch

torch.set_num_threads(1)
