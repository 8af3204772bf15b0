"""Write dsr/clocks/calendars/: the public holidays of every country that a clock may need, one file each.

    .venv/bin/python scripts/holiday_files.py

The dates come from the package ``holidays`` (MIT licence), which weighs 14 MB; the files weigh half of one. They are made
anew when that package is raised, and a test says so when they are not as it has them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import holidays
from holidays.registry import COUNTRIES as NAMED

FOLDER = Path(__file__).resolve().parent.parent / "dsr" / "clocks" / "calendars"
YEARS = range(2018, 2041)
EUROPEAN_UNION = """
AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE
"""
OTHERS = "IS LI NO GB CH US CA BR AU JP NZ"
COUNTRIES = f"{EUROPEAN_UNION} {OTHERS}".split()
EVERYWHERE = "*"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for country in COUNTRIES:
        (FOLDER / f"{country}.txt").write_text(file_of(country), encoding="utf-8")


def file_of(country: str) -> str:
    """The country's file: what it is called, its parts, its years, and each holiday with who has it, and its days."""
    whole = holidays.country_holidays(country)
    parts = {part: _title(whole, part) for part in whole.subdivisions}
    having: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for part in ("", *parts):
        for day, name in _days(country, part or None):
            having[day, name].append(part or country)
    days: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for (day, name), owners in sorted(having.items()):
        days[EVERYWHERE if len(owners) == len(parts) + 1 else " ".join(owners), name].append(day)
    lines = [
        f"country;{country};{_name(country)}",
        *(f"part;{part};{title}" for part, title in parts.items()),
        f"years;{YEARS[0]};{YEARS[-1]}",
        *(f"{owners};{name};{' '.join(each)}" for (owners, name), each in days.items()),
    ]
    return "\n".join(lines) + "\n"


def _days(country: str, part: str | None) -> Iterator[tuple[str, str]]:
    language = "en_US"
    for day, name in holidays.country_holidays(country, subdiv=part, years=YEARS, language=language).items():
        yield day.isoformat(), name.replace(";", ",")


def _title(whole: holidays.HolidayBase, part: str) -> str:
    return next((name for name, code in whole.subdivisions_aliases.items() if code == part), part)


def _name(country: str) -> str:
    return next(name.replace("_", " ").title() for name, codes in NAMED.items() if country in codes)


if __name__ == "__main__":
    main()
