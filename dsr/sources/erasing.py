"""From what was decided about a person's rows to what a source is asked to do with them.

A policy speaks of fields; a database has keys, references, types and columns that must not repeat. So some of what was
decided is settled differently here, always in the open:

* a row that would be deleted, while a row that stays cannot let go of it, is made anonymous instead;
* a reference to a row that goes is emptied, or the row behind it stays as an anonymous one;
* a key that is only a number stays, and so does a word to which other rows refer: it tells nothing once all else is gone. One
  that tells who somebody is (an e-mail address) is changed, and where others refer to it the plan cannot be carried out;
* a number that the database gives itself and takes no other for (GENERATED ALWAYS AS IDENTITY) stays as well;
* where no mask fits a column, the plan cannot be carried out, and says which column wants what in the overlay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dsr.records import Action, PlanRow, Portable, RecordKey
from dsr.sources import copies
from dsr.sources.base import Link
from dsr.sources.copies import Sought
from dsr.sources.dataset import Collection, Field
from dsr.sources.description import Description
from dsr.sources.document import place_of
from dsr.sources.graph import Graph
from dsr.sources.masks import Mask, Room, fitting, masking, misfit

Rooms = Mapping[str, Mapping[str, Room]]


@dataclass(frozen=True, slots=True)
class Wish:
    """A row and what was decided about it. ``fields`` go from it; ``telling`` are those that tell whose it is.

    ``is_held``: somebody forbade any change of it, so it does not even let go of another.
    """

    key: RecordKey
    values: Mapping[str, Portable]
    held: tuple[str, ...]
    action: Action
    fields: tuple[str, ...] = ()
    telling: tuple[str, ...] = ()
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """What can be done with a row. ``masks`` by column or place in a document; ``stays``: columns that cannot go, and why.

    ``needed_by`` names the collection whose rows stay and need this one: then it was to be deleted and is made anonymous.
    ``unfit`` are columns that no mask fits. ``out_of_use`` is what marks the row as deactivated.
    """

    action: Action
    masks: Mapping[str, Mask] = field(default_factory=dict)
    stays: Mapping[str, str] = field(default_factory=dict)
    needed_by: str = ""
    unfit: tuple[str, ...] = ()
    out_of_use: Mapping[str, Portable] = field(default_factory=dict)


def links_of(graph: Graph) -> list[Link]:
    """Every reference inside one source, each once."""
    found = {
        Link(each.target, each.target_columns, each.source, each.columns)
        if each.is_owner
        else Link(each.source, each.columns, each.target, each.target_columns)
        for each in graph.edges
    }
    return sorted(found, key=lambda link: (link.parent, link.child, link.columns))


def settle(
    description: Description, rooms: Rooms, wishes: Sequence[Wish], bound: Mapping[str, str] | None = None
) -> list[Settled]:
    """For every wish, in order, what the database lets happen. ``bound``: rows (by digest) that something refers to which is
    never changed, with its name (``Source.bound``)."""
    return _Settling(description, rooms, wishes, bound or {}).settled()


class _Settling:
    def __init__(
        self, description: Description, rooms: Rooms, wishes: Sequence[Wish], bound: Mapping[str, str]
    ) -> None:
        self._description = description
        self._rooms = rooms
        self._wishes = wishes
        self._bound = bound
        self._needed = {
            number: bound[digest]
            for number, wish in enumerate(wishes)
            if wish.action is Action.DELETE and bound and (digest := wish.key.digest) in bound
        }
        self._let_go: dict[int, set[str]] = defaultdict(set)
        self._of: dict[str, list[int]] = defaultdict(list)
        for number, wish in enumerate(wishes):
            self._of[wish.key.collection].append(number)
        self._links = links_of(description.graph)

    def settled(self) -> list[Settled]:
        while self._look_for_needed():
            pass
        self._led_to = {link: self._led_to_by(link, and_going=True) for link in self._links}
        self._led_to_still = {link: self._led_to_by(link, and_going=False) for link in self._links}
        return [self._one(number, wish) for number, wish in enumerate(self._wishes)]

    def _goes(self, number: int) -> bool:
        return self._wishes[number].action is Action.DELETE and number not in self._needed

    def _look_for_needed(self) -> bool:
        """One round over all references of rows that stay; whether it changed what becomes of a row."""
        has_changed = False
        for link in self._links:
            going = {
                key: number
                for number in self._of.get(link.parent, ())
                if self._goes(number) and (key := _key(self._wishes[number].values, link.parent_columns))
            }
            for number in self._of.get(link.child, ()) if going else ():
                target = going.get(_key(self._wishes[number].values, link.columns))
                if target is None or self._goes(number):
                    continue
                if not self._wishes[number].is_held and (loose := self._loose(link)):
                    self._let_go[number].add(loose)
                else:
                    self._needed.setdefault(target, link.child)
                    has_changed = True
        return has_changed

    def _led_to_by(self, link: Link, *, and_going: bool) -> set[tuple[str, ...]]:
        """The keys to which rows refer that stay, or that are still there when keys are changed."""
        numbers = (number for number in self._of.get(link.child, ()) if and_going or not self._goes(number))
        return {key for number in numbers if (key := _key(self._wishes[number].values, link.columns))}

    def _is_led_to(self, collection: Collection, wish: Wish, name: str) -> bool:
        """Whether rows refer to this one by its key. A key that tells who somebody is must go if it can at all."""
        led_to = self._led_to_still if _is_contact(collection, name) else self._led_to
        links = [each for each in self._links if each.parent == collection.name and name in each.parent_columns]
        return wish.key.digest in self._bound or any(
            _key(wish.values, each.parent_columns) in led_to[each] for each in links
        )

    def _loose(self, link: Link) -> str:
        """The column of a reference that may be emptied; none where that is the key or must not be empty."""
        rooms = self._rooms.get(link.child, {})
        key = self._description.graph.collections[link.child].key
        return next(
            (name for name in link.columns if name not in key and name in rooms and not misfit(Mask.NULL, rooms[name])),
            "",
        )

    def _one(self, number: int, wish: Wish) -> Settled:
        needed_by = self._needed.get(number, "")
        action = Action.ANONYMISE if needed_by else wish.action
        if action is Action.DELETE:
            return Settled(action)
        collection = self._description.graph.collections[wish.key.collection]
        said = self._description.overlay.of(collection.name)
        masks: dict[str, Mask] = dict.fromkeys(sorted(self._let_go.get(number, ())), Mask.NULL)
        stays: dict[str, str] = {}
        unfit: list[str] = []
        for name in _outermost(wish.telling if needed_by else wish.fields):
            place = place_of(collection, name)
            if name in masks or place is None:
                continue
            if place[1]:
                masks[name] = Mask.NULL
                continue
            room = self._rooms.get(collection.name, {}).get(name)
            if room is not None and room.is_computed:
                continue  # It follows the columns that it is made of.
            why = self._why_it_stays(collection, wish, name, room)
            mask = said.masks.get(name) or (fitting(room) if room else None)
            if why and not (name in collection.key and _is_contact(collection, name)):
                stays[name] = why
            elif why or mask is None or room is None or misfit(mask, room):
                unfit.append(name)
            else:
                masks[name] = mask
        out_of_use = said.deactivate if action is Action.DEACTIVATE else {}
        return Settled(action, masks, stays, needed_by, tuple(unfit), out_of_use)

    def _why_it_stays(self, collection: Collection, wish: Wish, name: str, room: Room | None) -> str:
        is_text = room is not None and room.word == "text" and room.is_free
        if name in collection.key:
            if not is_text:
                return "it is the row's number"
            if any(name in link.columns for link in self._links if link.child == collection.name):
                return "it leads to a row that stays"
            return "other rows refer to it" if self._is_led_to(collection, wish, name) else ""
        if room is not None and room.is_given:
            return "the database gives its number itself and takes no other"
        if any(name in link.columns for link in self._links if link.child == collection.name):
            return "" if room is not None and room.is_nullable else "it leads to a row that stays"
        if not is_text and any(name in link.parent_columns for link in self._links if link.parent == collection.name):
            return "other rows refer to it"
        return ""


def plan_rows(
    description: Description, rooms: Rooms, wishes: Sequence[Wish], settled: Sequence[Settled]
) -> list[PlanRow]:
    """What a source is asked to do, values included; new ones for every ``hash``, so it is to be made once and kept.

    Copies of what is taken out go with it wherever they stand in the same row (a text to search by, a whole name, a note); in
    a row that is made anonymous also copies of what goes from the person's other rows.
    """
    removed = [_removed(description, wish, each) for wish, each in zip(wishes, settled, strict=True)]
    everywhere = frozenset(value for each in removed for value in each.anywhere)
    rows = []
    for wish, each, own in zip(wishes, settled, removed, strict=True):
        if each.action is Action.KEEP and not each.masks:
            rows.append(PlanRow(wish.key, Action.KEEP))
            continue
        changes = {} if each.action is Action.DELETE else dict(_masked(rooms, wish, each))
        if each.action is not Action.DELETE:
            sought = replace(own, anywhere=everywhere) if each.action is Action.ANONYMISE else own
            changes = {**_without_copies(description, rooms, wish, changes, sought), **each.out_of_use}
        rows.append(PlanRow(wish.key, _asked(each), changes))
    return rows


def taken_out(description: Description, wishes: Sequence[Wish], settled: Sequence[Settled]) -> frozenset[str]:
    """What goes from these rows, folded, as far as it is looked for everywhere."""
    pairs = zip(wishes, settled, strict=True)
    return frozenset(value for wish, each in pairs for value in _removed(description, wish, each).anywhere)


def _asked(each: Settled) -> Action:
    """A row that is kept and loses some of its columns is changed like one that is made anonymous."""
    return Action.ANONYMISE if each.action is Action.KEEP else each.action


def _masked(rooms: Rooms, wish: Wish, each: Settled) -> Iterable[tuple[str, Portable]]:
    for name, mask in each.masks.items():
        room = rooms[wish.key.collection].get(name, Room("json", is_nullable=True))
        is_empty = name in wish.values and wish.values[name] is None and name not in wish.held
        # A place inside a document that holds nothing is not made; a column may be filled until the change is made, but
        # not one that the row is known by: then it is another row.
        if not is_empty:
            yield name, masking(mask, room)
        elif name in rooms[wish.key.collection] and name not in dict(wish.key.columns):
            yield name, None


def _removed(description: Description, wish: Wish, each: Settled) -> Sought:
    """What goes from a row, as it may stand elsewhere."""
    collection = description.graph.collections[wish.key.collection]
    bound = _bound(description, collection)
    taken: list[tuple[Field, Portable]] = []
    for name in wish.values if each.action is Action.DELETE else each.masks:
        place = place_of(collection, name)
        field = collection.field(place[0]) if place else None
        if place is not None and field is not None:
            taken += copies.taken_at(field, place[1], wish.values.get(field.name), is_bound=name in bound)
    return copies.sought_of(taken)


def _without_copies(
    description: Description, rooms: Rooms, wish: Wish, changes: Mapping[str, Portable], sought: Sought
) -> dict[str, Portable]:
    """The changes of a row with those of columns that hold copies. A document that holds one is changed whole, its masked
    places included."""
    collection = description.graph.collections[wish.key.collection]
    others = description.overlay.of(collection.name).third_party
    bound = _bound(description, collection)
    said = rooms[collection.name]
    found = dict(changes)
    for column in collection.fields:
        name = column.name
        if name in changes or name in bound or name not in said or name not in wish.values:
            continue
        inside = {each: place[1] for each in changes if (place := place_of(collection, each)) and place[0] == name}
        if any(each.startswith(f"{name}.") and each not in inside for each in wish.held):
            continue  # What was read of it is not all of it.
        try:
            before = copies.with_places(wish.values[name], {path: changes[each] for each, path in inside.items()})
        except ValueError:
            continue  # The source will say so of the place, and change nothing.
        takes_parts = name not in others and copies.takes_parts(column, said[name])
        here = sought if takes_parts else Sought(sought.anywhere)
        after = copies.without_copies(before, here, said[name], copies.names_within(column))
        if after != before:
            found = {each: value for each, value in found.items() if each not in inside} | {name: after}
    return found


def _bound(description: Description, collection: Collection) -> frozenset[str]:
    """The columns by which rows are told apart and refer to one another."""
    ends = (name for link in links_of(description.graph) for name in _ends(link, collection.name))
    return frozenset((*ends, *collection.key))


def _ends(link: Link, collection: str) -> Iterable[str]:
    return (
        *(link.columns if link.child == collection else ()),
        *(link.parent_columns if link.parent == collection else ()),
    )


def _is_contact(collection: Collection, name: str) -> bool:
    """Whether a column names or reaches somebody by itself, as a number does not."""
    found = collection.field(name)
    return found is not None and any(each.startswith(("user.contact", "user.name")) for each in found.data_categories)


def _outermost(names: Iterable[str]) -> list[str]:
    """Without the places inside a document that goes whole."""
    every = list(dict.fromkeys(names))
    return [name for name in every if not any(name.startswith(f"{other}.") for other in every)]


def _key(values: Mapping[str, Portable], columns: tuple[str, ...]) -> tuple[str, ...]:
    """What two rows must share, as text; empty where one of them is missing."""
    found = [values.get(name) for name in columns]
    return () if None in found else tuple(map(str, found))
