"""Write the shipped schemas anew, and the checksum of the harness beside them."""

from leaderboard import __version__
from leaderboard.catalogue.harness import HARNESS, harness_text
from runners.bench.environment import harness_hash
from runners.schemas import FOLDER, schemas

for name, text in schemas().items():
    (FOLDER / name).write_text(text, encoding="utf-8")
    print(FOLDER / name)
HARNESS.write_text(harness_text({__version__: harness_hash()}), encoding="utf-8")
print(HARNESS)
