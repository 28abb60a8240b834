"""Submissions: who asks for a model to be rated, what is checked, and what becomes of it."""
