"""The main job on this machine alone: loopback Hub, Space, worker, eleven models, one star."""
