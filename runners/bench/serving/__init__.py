"""Serving: requests to an OpenAI-compatible server, and the energy of each load's steady part (METHOD §2).

The parent holds the meter; the server is its child, or was there before; a third process, `client`, sends
the requests, so that neither their times nor the meter's wait for the other.
"""
