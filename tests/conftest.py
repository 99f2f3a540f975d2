"""For all tests: one thread, as in jobs, and the same examples in every run.

Bit-exact comparisons hold for one thread, and two that collide with a busy core take many times
as long as one.
"""

import torch
from hypothesis import settings

torch.set_num_threads(1)

# A busy machine is no failure, so that no example has a deadline.
settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")
