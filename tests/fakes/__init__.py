"""Stand-ins for the services that Starwatt talks to, faithful enough for the real clients."""
