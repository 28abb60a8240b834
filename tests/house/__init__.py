"""The whole Space over a rich record that strangers wrote into, served; an address of every page."""

from tests.house.furniture import Furniture
from tests.house.space import House, opened

__all__ = ["Furniture", "House", "opened"]
