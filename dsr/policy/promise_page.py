"""``docs/promises.md``: each promise, where it is kept, what proves it, and whether it works. A command writes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from dsr.policy.promises import NOT_OFFERED, NOT_YET, NOWHERE, WORKS, Standing, published_profiles, standings
from dsr.policy.schema import Profile

OPENING = """\
# What each shop promised, and what keeps it

Made by `manage.py promises --write` from [the list](../dsr/policy/promises.yaml) and the five
[profiles](../dsr/policy/profiles); do not edit it. A promise *works* when the tests beside it prove it and would fail without
the feature, and nothing of it is lacking. *Not yet* says what is lacking; tests beside it prove a part.
"""
SIGNS = {WORKS: "**works**", NOT_YET: "not yet", NOT_OFFERED: "not offered", NOWHERE: "**nowhere**"}


def page() -> str:
    """The whole page, as it must stand in ``docs``."""
    shops = [(profile, standings(profile)) for profile in published_profiles()]
    return "\n".join((OPENING, *_totals(shops), *(line for shop in shops for line in _shop(*shop))))


def _totals(shops: Sequence[tuple[Profile, Sequence[Standing]]]) -> Iterator[str]:
    states = (WORKS, NOT_YET, NOT_OFFERED)
    yield "| Shop | Promises | Works | Not yet | Not offered |"
    yield "|---|---:|---:|---:|---:|"
    every = Counter[str]()
    for profile, told in shops:
        counts = Counter(each.state for each in told)
        every += counts
        yield f"| {profile.name} | {len(told)} | " + " | ".join(str(counts[state]) for state in states) + " |"
    yield f"| All | {every.total()} | " + " | ".join(str(every[state]) for state in states) + " |"


def _shop(profile: Profile, told: Sequence[Standing]) -> Iterator[str]:
    file = f"{profile.shop}.yaml"
    yield f"\n## {profile.name}\n"
    yield f"Where: places in [{file}](../dsr/policy/profiles/{file}).\n"
    yield "| Promise | In our words | Where | What keeps it | Proved by | State |"
    yield "|---|---|---|---|---|---|"
    for each in told:
        cells = (each.promise.id, each.promise.summary, _places(each), each.promise.feature, _tests(each), _state(each))
        yield f"| {' | '.join(cells)} |"


def _places(each: Standing) -> str:
    return "<br>".join(f"`{place}`" for place in each.places) or "–"


def _tests(each: Standing) -> str:
    return "<br>".join(map(_link, each.promise.tests)) or "–"


def _link(test: str) -> str:
    file, _, name = test.partition("::")
    return f"[{name.removeprefix('test_').replace('_', ' ')}](../{file})"


def _state(each: Standing) -> str:
    why = each.reason or each.promise.lacks
    return f"{SIGNS[each.state]}{f': {why}' if why else ''}"


def lines(told: Iterable[Standing]) -> Iterator[str]:
    """The same for a terminal, one promise a line."""
    states = Counter[str]()
    for each in told:
        states[each.state] += 1
        why = each.reason or each.promise.lacks
        yield f"{each.promise.id}  {each.state:<11}  {each.promise.summary}{f' ({why})' if why else ''}"
    yield f"{states.total()} promises: " + ", ".join(f"{states[state]} {state}" for state in SIGNS if states[state])
