"""Asking for a model to be rated: the form, the API, and the tools for programs."""
