"""How well ``inspect_source`` drafts real shops, measured against lists written by hand: ``scripts/inspect_report.py``.

    scripts/inspect_report.py [--misses] [--write] [shop ...]

Builds each shop in a new database, drafts it, and prints a line for each. ``--misses`` names what was missed or wrong;
``--write`` puts the table into docs/connecting_a_shop_results.md. The exit code is 1 when a real shop falls below its limit.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE))

from dsr import embedded  # noqa: E402  (the path above must stand first)
from dsr.sources.draft import draft_source  # noqa: E402
from tests.shops.places import HELD_OUT, KNOWN, Places, ShopPlace  # noqa: E402
from tests.shops.truth import Comparison, compare, load  # noqa: E402

RESULTS = BASE / "docs" / "connecting_a_shop_results.md"
MARKS = ("<!-- measured -->", "<!-- end of measured -->")
HEADINGS = (
    "shop", "database", "tables", "columns", "personal", "recall", "precision", "strict precision", "references found",
    "references wrong", "look-up columns", "secrets held back", "to decide", "seconds",
)  # fmt: skip
MIN_RECALL = 0.95
MIN_PRECISION = 0.90


@dataclass(frozen=True)
class Measured:
    """One shop's draft beside the truth."""

    place: ShopPlace
    compared: Comparison
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether the limits of a real shop are kept; the held-out ones have none."""
        good = self.compared.recall >= MIN_RECALL and self.compared.precision >= MIN_PRECISION
        return good or self.place in HELD_OUT

    def cells(self) -> list[str]:
        """The line of the table."""
        found, truth = self.compared, self.compared.truth
        return [
            truth.title, self.place.database, str(found.tables), str(len(truth.kind_of)), str(len(truth.of("personal"))),
            f"{found.recall:.1%}", f"{found.precision:.1%}", f"{found.strict_precision:.1%}",
            part(truth.references, found.missed_references), str(len(found.wrong_references)),
            part(truth.identities, found.missed_identities), part(truth.secrets, found.missed_secrets),
            str(found.decisions), f"{self.seconds:.1f}",
        ]  # fmt: skip

    def misses(self) -> Iterator[str]:
        """What was missed or wrong, in words."""
        found = self.compared
        for label, columns in (
            ("personal, not found", found.missed),
            ("called personal, is the shop's own", found.wrong),
            ("reference not found", found.missed_references),
            ("reference that there is not", found.wrong_references),
            ("look-up column not found", found.missed_identities),
            ("look-up column of the shop's own", found.wrong_identities),
            ("secret that would go out", found.missed_secrets),
        ):
            for table, column in sorted(columns):
                yield f"  {label}: {table}.{column}"


def part(everything: Iterable[object], missed: set[tuple[str, str]]) -> str:
    """How many of how many."""
    whole = len(list(everything))
    return f"{whole - len(missed)} of {whole}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the drafts of real shops.")
    parser.add_argument("shops", nargs="*", help="all of them when none is named")
    parser.add_argument("--misses", action="store_true", help="name what was missed or wrong")
    parser.add_argument("--write", action="store_true", help=f"write the table into {RESULTS.relative_to(BASE)}")
    options = parser.parse_args()
    embedded.prepare_environment(BASE)
    measured = []
    print(line(HEADINGS))
    with Places(os.environ["DEMO_SHOPS_URL"]) as places:
        for place in (*KNOWN, *HELD_OUT):
            if not options.shops or place.truth in options.shops:
                measured.append(measure(places, place))
                print(line(measured[-1].cells()), flush=True)
                if options.misses:
                    print("\n".join(measured[-1].misses()), flush=True)
    if options.write:
        write(measured)
    sys.exit(not all(one.is_good for one in measured))


def measure(places: Places, place: ShopPlace) -> Measured:
    """Build and draft one shop. The seconds are the draft's alone."""
    url = places.build(place)
    began = time.monotonic()
    draft = draft_source("sql", place.truth, url)
    seconds = time.monotonic() - began
    return Measured(place, compare(draft, load(place.truth)), seconds)


def write(measured: list[Measured]) -> None:
    """Put the table between its marks in the docs."""
    text = RESULTS.read_text(encoding="utf-8")
    before, after = text.partition(MARKS[0])[0], text.partition(MARKS[1])[2]
    table = [line(HEADINGS), line(["---"] * len(HEADINGS)), *(line(one.cells()) for one in measured)]
    RESULTS.write_text("\n".join([before + MARKS[0], *table, MARKS[1] + after]), encoding="utf-8")


def line(cells: Iterable[str]) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
