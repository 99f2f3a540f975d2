"""Estimators of the ELBO's gradient, and the exact values they are measured against."""
