#!/usr/bin/env python3
"""Check an exported audit chain, or an evidence pack, with nothing but Python: ``python3 check_audit.py chain.json``.

For every stream: each entry's SHA-256 covers the entry and the digest before it; the last digest is the head; the head is
signed (Ed25519, RFC 8032). Give the public key you were told by another way with ``--public-key`` to be sure whose
signature it is, and each of them where the shop has published several.

Of an evidence pack (``python3 check_audit.py pack.zip``) as well:

1. Every file is as the manifest says, nothing is missing, added or said twice, and the manifest is signed by the same key.
2. Plan, proof and every letter are those whose digests were written into the chain as the letter was issued.
3. The plan's fingerprint, reckoned again from its records, is the one that the chain says was frozen and approved.
4. What was done is what was approved: nothing was removed that the plan did not remove, and no place is left out.
5. Each place was written down before it was changed, and looked at again afterwards; the chain's numbers are the proof's.
6. The letter's numbers are those of the proof, and its partners those who were told.

Who holds the signing key can write a whole chain anew. That is told by comparing with an older one: a head that was signed
then (``--head``: an earlier pack or export of the same request) must be part of the chain.

Exit code 0 when everything holds, 1 when something does not, 2 when the file cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

NEEDED = ("chain.json", "plan.json", "proof.json", "letter.json", "manifest.json")
VERSION = 2
CHANGED = ("delete", "anonymise", "correct")
SECTIONS = {"delete": "deleted", "anonymise": "anonymised", "deactivate": "deactivated"}

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    """Add two points in extended coordinates (RFC 8032, section 5.1.4)."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    x, y, z, t = f - e, h - g, h + g, f + e
    return (x * y % P, z * t % P, y * z % P, x * t % P)


def times(number: int, point: Point) -> Point:
    """``number`` times ``point``."""
    total: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def decode(raw: bytes) -> Point | None:
    """The point that 32 bytes stand for, or None."""
    if len(raw) != 32:
        return None
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Ed25519 verification (RFC 8032, section 5.1.7)."""
    key, r = decode(public), decode(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    base = decode(bytes([0x58] + [0x66] * 31))
    if key is None or r is None or base is None or len(signature) != 64 or s >= L:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = times(s, base), add(r, times(challenge, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def canonical(content: dict[str, Any]) -> bytes:
    """Sorted keys, no spaces, UTF-8: the form that digests and signatures cover."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class SaidTwice(ValueError):
    """One name stands twice in a file, so that two readers may read two things."""


def loads(content: bytes) -> Any:
    """What a JSON file says. Raises SaidTwice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise SaidTwice(f"says {', '.join(twice)} twice")
        return dict(pairs)

    return json.loads(content, object_pairs_hook=once)


def digest_of(form: dict[str, Any]) -> str:
    """The digest by which the chain holds a plan, a proof or a letter fast."""
    return hashlib.sha256(canonical(form)).hexdigest()


def faults(stream: dict[str, Any], trusted: Collection[bytes] = ()) -> Iterator[str]:
    """Everything wrong with one stream."""
    previous = "0" * 64
    for number, entry in enumerate(stream["entries"], 1):
        body = {name: value for name, value in entry.items() if name != "digest"} | {"stream": stream["stream"]}
        if entry["number"] != number:
            yield f"entry {number} is missing"
        if entry["previous"] != previous:
            yield f"entry {number} does not follow the one before it"
        if hashlib.sha256(canonical(body)).hexdigest() != entry["digest"]:
            yield f"entry {number} was changed"
        previous = entry["digest"]
    head = stream["head"]
    if (head["stream"], head["length"], head["head"]) != (stream["stream"], len(stream["entries"]), previous):
        yield "the signed head is not the end of this chain"
    yield from signature_faults("the head", head, trusted)


def signature_faults(what: str, said: dict[str, Any], trusted: Collection[bytes] = ()) -> Iterator[str]:
    """Whether it is signed, and by a key that is trusted; by any where none is."""
    public = base64.b64decode(said["public_key"])
    if trusted and public not in trusted:
        yield f"{what} is signed with another key than you trust"
    body = {name: value for name, value in said.items() if name != "signature"}
    if not is_signed(public, canonical(body), base64.b64decode(said["signature"])):
        yield f"the signature of {what} does not hold"


UNREADABLE = (
    ValueError, LookupError, TypeError, AttributeError, RuntimeError, zipfile.BadZipFile, zlib.error, EOFError,
)  # fmt: skip
"""What reading a file raises that is something else, or was damaged: it is said in one line, whatever it is."""
ODD = "is empty, damaged or something else, so nothing can be compared with it"


def pack_faults(files: dict[str, bytes], trusted: Collection[bytes] = ()) -> Iterator[str]:
    """Everything that does not hold."""
    odd = [f"missing: {name}" for name in NEEDED if name not in files]
    said: dict[str, Any] = {}
    for name in (each for each in files if each.endswith(".json")):
        try:
            said[name] = {**loads(files[name])}
        except SaidTwice as error:
            odd.append(f"{name}: {error}")
        except UNREADABLE:
            odd.append(f"{name}: {ODD}")
    if odd:
        yield from odd
    elif said["manifest.json"].get("version", VERSION) != VERSION:
        yield f"manifest.json: version {said['manifest.json']['version']}; use the check_audit.py that is in that pack"
    else:
        yield from said_faults(said, files, trusted)


def said_faults(said: dict[str, Any], files: dict[str, bytes], trusted: Collection[bytes]) -> Iterator[str]:
    """What does not hold of what the files say. One that is not in its form ends it: the others are compared with it."""
    name = "manifest.json"
    try:
        yield from manifest_faults(said[name], files, trusted)
        signer = base64.b64decode(said[name]["public_key"])
        name = "chain.json"
        yield from (f"chain.json: {fault}" for fault in faults(said[name], trusted or (signer,)))
        entries = said[name]["entries"]
        name = "plan.json"
        yield from plan_faults(said[name], entries)
        name = "proof.json"
        yield from run_faults(said["plan.json"], said[name], entries)
        name = "letter.json"
        yield from issue_faults(said, entries)
        yield from letter_faults(said["proof.json"], said[name])
    except UNREADABLE:
        yield f"{name}: {ODD}"


def issue_faults(said: dict[str, Any], entries: list[dict[str, Any]]) -> Iterator[str]:
    """Plan, proof and letters beside the digests in the chain; the newest letter's partners beside those who were told."""
    issued = [each["facts"] for each in entries if each["action"] == "letter.issued"]
    if not issued:
        yield "chain.json: no letter was issued"
        return
    names = {f"letter-{facts['number']}.json": facts for facts in issued[:-1]} | {"letter.json": issued[-1]}
    for name, facts in names.items():
        if name not in said:
            yield f"{name}: is missing, and the chain says that it was issued"
        elif digest_of(said[name]) != facts["letter_sha256"]:
            yield f"{name}: is not the letter that was issued"
    yield from (f"{name}: was never issued" for name in said if name.startswith("letter") and name not in names)
    for name in ("plan", "proof"):
        if any(facts[f"{name}_sha256"] != digest_of(said[f"{name}.json"]) for facts in issued):
            yield f"{name}.json: is not the {name} that the letter was put together from"
    last = max(number for number, each in enumerate(entries) if each["action"] == "letter.issued")
    instructed = [each["facts"] for each in entries[:last] if each["action"] == "recipient.instructed"]
    # Whoever keeps a statement of the person's is told again when it is another one, and stays one line of the letter.
    told = len({each["recipient"] for each in instructed if each["kind"] == "dispute"})
    told += sum(each["kind"] != "dispute" for each in instructed)
    if told != len(said["letter.json"]["partners"]):
        yield f"letter.json: names {len(said['letter.json']['partners'])} partners, and the chain says that {told} were told"


def manifest_faults(manifest: dict[str, Any], files: dict[str, bytes], trusted: Collection[bytes]) -> Iterator[str]:
    """The files and the signature over their hashes."""
    for name, digest in manifest["files"].items():
        if name not in files:
            yield f"manifest.json: {name} is missing"
        elif hashlib.sha256(files[name]).hexdigest() != digest:
            yield f"{name}: was changed after it was packed"
    yield from (f"{name}: is not of this pack" for name in files if name not in {*manifest["files"], "manifest.json"})
    yield from (f"manifest.json: {fault}" for fault in signature_faults("the pack", manifest, trusted))


def fingerprint(plan: dict[str, Any]) -> str:
    """The plan's fingerprint, from its records and outcomes."""
    lines = []
    for source, collection, digest, number in plan["records"]:
        each = plan["outcomes"][number]
        basis = each["basis"]["code"] if each["basis"] else ""
        line = [
            source, collection, digest, each["version"], each["action"], sorted(each["fields"]), sorted(each["at_once_fields"]),
            each["rule"], basis, each["until"] or "", each["event"], each["afterwards"] or "",
        ]  # fmt: skip
        lines.append(json.dumps(line))
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def plan_faults(plan: dict[str, Any], entries: list[dict[str, Any]]) -> Iterator[str]:
    """The plan beside what the chain says of it."""
    reckoned = fingerprint(plan)
    if reckoned != plan["fingerprint"]:
        yield "plan.json: its records do not have its fingerprint"
    for action, words in (("plan.frozen", "frozen"), ("plan.approved", "approved")):
        facts = [each["facts"] for each in entries if each["action"] == action]
        told = [each for each in facts if each["number"] == plan["number"]]
        if not told or told[-1]["fingerprint"] != reckoned:
            yield f"chain.json: this plan was never {words}"


def run_faults(plan: dict[str, Any], proof: dict[str, Any], entries: list[dict[str, Any]]) -> Iterator[str]:
    """What was done beside what was approved, place by place."""
    approved = {tuple(place): plan["outcomes"][number]["action"] for *place, number in plan["records"]}
    begun = [each["facts"]["steps"] for each in entries if each["action"] in ("erasure.started", "correction.started")]
    if begun[-1:] != [len(proof["steps"])]:
        yield f"proof.json: has {len(proof['steps'])} places, and the chain says that it was begun in {begun[-1:]}"
    joining = {(each["record_class"], each["rule"]) for each in plan["outcomes"] if each["action"] in CHANGED}
    for step in proof["steps"]:
        source = step["source"]
        for name, digest, number in step["records"]:
            done = step["outcomes"][number]
            was = approved.get((source, name, digest))
            joins = not was and (done["record_class"], done["rule"]) in joining
            if done["action"] in CHANGED and was not in CHANGED and not joins:
                what = "corrected" if done["action"] == "correct" else "removed"
                yield f"proof.json: a record of {source}, {name} was {what}, and the plan did not say so"
        if step["state"] != "proved":
            yield f"proof.json: {source} is {step['state']}"
        here = [each for each in entries if each["facts"].get("source") == source]
        by = step["proof"].get("said_by")
        if by and by not in [each["actor"] for each in here if each["action"].endswith(".by_hand")]:
            yield f"chain.json: {by} never said that {source} was done by hand"
        if step["records"]:
            yield from order_faults(step, here)


def order_faults(step: dict[str, Any], entries: list[dict[str, Any]]) -> Iterator[str]:
    """Written down, then changed, then looked at again; with the numbers of the proof."""
    right = "correction" if any(each["action"].startswith("correction.") for each in entries) else "erasure"
    order = [each["action"] for each in entries if each["action"].startswith(f"{right}.")]
    wanted = [f"{right}.written_down", f"{right}.applied", f"{right}.proved"]
    places = [order.index(action) if action in order else -1 for action in wanted]
    if -1 in places or places != sorted(places):
        yield f"chain.json: {step['source']} was not written down, changed and looked at again in this order"
        return
    told = [each["facts"] for each in entries if each["action"] == f"{right}.proved"][-1]
    if told.get("sha256") != digest_of(step):
        yield f"proof.json: {step['source']} is not as it was when it was proved"
    counted: Counter[str] = Counter()
    for number, count in step["proof"].get("outcomes", {}).items():
        counted[step["outcomes"][int(number)]["action"]] += count
    for action in ("correct", "keep") if right == "correction" else ("delete", "anonymise", "deactivate", "keep"):
        if told[action] != counted[action]:
            yield f"proof.json: {step['source']} says {counted[action]} for {action}, and the chain {told[action]}"


def letter_faults(proof: dict[str, Any], letter: dict[str, Any]) -> Iterator[str]:
    """The letter's numbers beside the proof's."""
    if letter["is_correction"]:
        left = sum(line["records"] for line in letter["left"])
        if left != proof["totals"].get("keep", 0):
            yield f"letter.json: {left} left as they were, and the proof has {proof['totals'].get('keep', 0)}"
        if bool(letter["corrections"]) != bool(proof["totals"].get("correct", 0)):
            yield "letter.json: what it says was corrected is not what the proof says"
        return
    totals: Counter[str] = Counter()
    for block in letter["blocks"]:
        totals[block["key"]] += sum(line["records"] for line in block["lines"])
    for action, key in SECTIONS.items():
        if totals[key] != proof["totals"].get(action, 0):
            yield f"letter.json: {totals[key]} {key}, and the proof has {proof['totals'].get(action, 0)}"
    if totals["kept"] + totals["shared"] != proof["totals"].get("keep", 0):
        yield f"letter.json: {totals['kept'] + totals['shared']} kept, and the proof has {proof['totals'].get('keep', 0)}"


def chain_lines(path: str, trusted: Collection[bytes] = ()) -> tuple[list[str], int]:
    """What to print about exported chains, and how many of them are wrong."""
    with open(path, "rb") as file:
        content = loads(file.read())
    lines, bad = [], 0
    for stream in content["streams"]:
        found = list(faults(stream, trusted))
        bad += bool(found)
        lines.append(f"{stream['stream']}: {len(stream['entries'])} entries, " + ("; ".join(found) or "all as written"))
    for stone in content.get("tombstones", []):
        found = list(signature_faults("the tombstone", stone, trusted))
        bad += bool(found)
        told = "; ".join(found) or f"removed whole on {stone['removed_at'][:10]}"
        lines.append(f"{stone['stream'][:12]}: {stone['length']} entries, {told}")
    return lines, bad


def pack_lines(path: str, trusted: Collection[bytes] = ()) -> tuple[list[str], int]:
    """What to print about an evidence pack, and how much of it is wrong."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        files = {name: archive.read(name) for name in names}
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        return [f"{name}: stands in the pack twice" for name in twice], len(twice)
    found = list(pack_faults(files, trusted))
    if found:
        return found, len(found)
    said = loads(files["manifest.json"])
    return [f"{said['reference']}: plan, run, proof, letter and chain agree; signed by {said['public_key']}"], 0


def older_faults(older: str, newer: str, trusted: Collection[bytes] = ()) -> Iterator[str]:
    """Whether the chains of an older file are the beginnings of those of a newer one."""
    now = {stream["stream"]: stream for stream in chains_in(newer)}
    for stream in (each for each in chains_in(older) if each["stream"] in now):
        yield from (f"{older}: {fault}" for fault in faults(stream, trusted))
        if now[stream["stream"]]["entries"][: len(stream["entries"])] != stream["entries"]:
            yield f"{stream['stream']}: is not the chain that {older} begins, so it was written anew since then"


def chains_in(path: str) -> list[dict[str, Any]]:
    """The chains of an export, or the one of a pack."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return [loads(archive.read("chain.json"))]
    with open(path, "rb") as file:
        return list(loads(file.read())["streams"])


def base64_key(text: str) -> bytes:
    """A public key as it is written on the command line."""
    return base64.b64decode(text, validate=True)


def main() -> int:
    """Read the file, print what was found, return the exit code."""
    parser = argparse.ArgumentParser(description="Check an exported audit chain, or an evidence pack.")
    parser.add_argument("file")
    parser.add_argument("--public-key", type=base64_key, action="append", default=[], help="published; repeatable")
    parser.add_argument("--head", help="an older pack or export: its chain must be the beginning of this one")
    options = parser.parse_args()
    try:
        lines, bad = (pack_lines if zipfile.is_zipfile(options.file) else chain_lines)(options.file, options.public_key)
        older = list(older_faults(options.head, options.file, options.public_key)) if options.head else []
    except SaidTwice as error:
        print(f"{options.file}: {error}")
        return 1
    except OSError as error:
        print(f"cannot read {options.file}: {error.strerror or error}", file=sys.stderr)
        return 2
    except UNREADABLE:
        print(f"{options.file} is neither an exported chain nor an evidence pack, or it is damaged.", file=sys.stderr)
        return 2
    print("\n".join([*lines, *older]))
    return 1 if bad or older else 0


if __name__ == "__main__":
    sys.exit(main())
