"""Learning from few labels: the methods compared, and their results."""
