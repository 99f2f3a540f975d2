"""Linear VAEs, whose optimum is a formula."""
