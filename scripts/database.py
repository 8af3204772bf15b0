"""Stops or removes this checkout's embedded database: ``scripts/database.py stop|remove``."""

import shutil
import sys
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE))

from dsr import embedded  # noqa: E402  (the path above must stand first)

# What was sealed with keys that the data's end leaves useless goes with the data.
MADE_BY_THE_DEMO = ("keys", "anchors", "ledger", "packages", "static", "outbox")


def main(word: str) -> None:
    if word == "stop":
        print("The embedded database is stopped." if embedded.stop(BASE) else "The embedded database was not running.")
        return
    embedded.remove(BASE)
    for name in MADE_BY_THE_DEMO:
        shutil.rmtree(BASE / "var" / name, ignore_errors=True)
    (BASE / "var" / ".prepared").unlink(missing_ok=True)
    print("The embedded database and what was made with it are removed.")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except embedded.EmbeddedError as error:
        sys.exit(str(error))
