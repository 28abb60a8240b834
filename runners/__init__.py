"""Runners: claim a plan, measure it, hand in the run. One machine, or many behind a queue (DESIGN §6)."""
