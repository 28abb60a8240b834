"""Write the shipped schemas anew."""

from runners.schemas import FOLDER, schemas

for name, text in schemas().items():
    (FOLDER / name).write_text(text, encoding="utf-8")
    print(FOLDER / name)
