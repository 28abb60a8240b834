"""The whole Space over a rich record that strangers wrote into, served; and an address of every page it has."""

from tests.house.furniture import Furniture
from tests.house.space import House, opened

__all__ = ["Furniture", "House", "opened"]
