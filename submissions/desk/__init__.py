"""The operators' desk: its acts, its pages, its API, its commands, and the log that comes before each act."""
