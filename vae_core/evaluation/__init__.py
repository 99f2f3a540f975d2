"""A trained model on images: ELBO terms, encodings, costs of pixels."""
