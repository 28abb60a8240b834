"""What other harnesses need to run here: an environment each, a driver each, the same model and queries."""
