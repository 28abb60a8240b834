"""Starwatt's leaderboard: the words, the data, the record, the rating, what is published, and the site."""

__version__ = "0.1.0"
