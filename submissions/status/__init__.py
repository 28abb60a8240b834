"""A submission once it is made: its page, its life as it happens, and what may be done to it."""
