"""The runners."""
