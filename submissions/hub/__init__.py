"""What the Hub says of a model, read through its API alone."""
