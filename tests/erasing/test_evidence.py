"""The evidence pack convinces somebody who has only Python, and stops convincing as soon as anything in it is changed."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from dsr.exports import check_audit
from dsr.models import RecipientInstruction, Source, SubjectRequest
from dsr.records import Action, RecordKey
from dsr.workflow import anchors, erasure_approval, evidence, recipients, sealing, signatures
from dsr.workflow.actors import staff
from dsr.workflow.transitions import WrongState
from tests.conftest import work_off
from tests.erasing.conftest import carry_out, wish
from tests.promising import promise

CHECKER = Path(check_audit.__file__)
Answer = RecipientInstruction.Answer
CARRIER = {"key": "carrier", "name": "The carrier", "kind": "processor", "gets": ["order"]}
TYPED = "Mrs Lovelace told us so herself."


@pytest.fixture
def wanted(connected: Source, owner: User, now: datetime) -> SubjectRequest:
    """Ada's wish, of whose orders a carrier knows."""
    promise(connected.shop, now, recipients=[CARRIER])
    return wish(connected.shop, owner, now + timedelta(seconds=1))


@pytest.fixture
def made(wanted: SubjectRequest, connected: Source, owner: User, now: datetime) -> dict[str, bytes]:
    """The files of a pack about an erasure of this test, in which a colleague decided one thing otherwise, and the carrier
    answered."""
    erasure_approval.change_outcome(
        wanted,
        source=connected,
        collection="newsletter",
        action=Action.ANONYMISE,
        reason=TYPED,
        actor=staff(owner),
        now=now,
    )
    carry_out(wanted, owner, now)
    recipients.answer(wanted.recipient_instructions.get(), Answer.DONE, actor=staff(owner), now=now)
    work_off(wanted)
    return evidence.contents(wanted, now=now)


@pytest.fixture(scope="module")
def first_made() -> dict[str, bytes]:
    """What ``pack`` keeps for the tests after the first."""
    return {}


@pytest.fixture
def pack(first_made: dict[str, bytes], request: pytest.FixtureRequest) -> dict[str, bytes]:
    """The same pack for every test that looks at its files alone: one erasure with its letter takes over a second."""
    if not first_made:
        first_made.update(request.getfixturevalue("made"))
    return dict(first_made)


def checked(files: dict[str, bytes], folder: Path) -> tuple[int, str]:
    """Exit code and words of the checker, run alone in another folder without our project."""
    path, checker = folder / "pack.zip", folder / "check_audit.py"
    checker.write_bytes(CHECKER.read_bytes())
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    done = subprocess.run(
        [sys.executable, "-I", str(checker), str(path)], capture_output=True, text=True, cwd=folder, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_pack_when_untouched_then_holds_for_anybody(pack: dict[str, bytes], tmp_path: Path) -> None:
    code, said = checked(pack, tmp_path)

    assert (code, "plan, run, proof, letter and chain agree" in said) == (0, True), said


def test_pack_when_read_then_holds_no_personal_data(made: dict[str, bytes], wanted: SubjectRequest) -> None:
    every = b"\n".join(content for name, content in made.items() if name.endswith(".json")).decode()

    assert wanted.reference in every
    assert not [word for word in ("Ada", "ada@", "Lovelace", "617 555", "example.com") if word in every]


def test_pack_when_a_key_is_an_address_then_nobody_can_guess_it_back(
    made: dict[str, bytes], wanted: SubjectRequest
) -> None:
    plan = wanted.erasure_plans.get()
    guessed = RecordKey("shop", "newsletter", (("email", "ada@example.com"),)).digest
    digests = {each.digest for each in erasure_approval.records_of(plan)}
    # So it could be guessed: by the digest alone, and by a fingerprint over digests.
    assert guessed in digests
    bare = check_audit.fingerprint(
        {
            "outcomes": plan.outcomes,
            "records": [[*each.id, each.group] for each in erasure_approval.records_of(plan)],
        }
    )

    every = b"\n".join(made.values()).decode()

    assert json.loads(made["plan.json"])["fingerprint"] in made["chain.json"].decode()
    assert not [each for each in (*digests, bare) if each in every]


def test_pack_when_made_of_two_requests_then_the_same_record_has_two_names(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    other = wish(wanted.shop, owner, now)
    digest = RecordKey("shop", "newsletter", (("email", "ada@example.com"),)).digest

    assert sealing.record_namer(wanted)(digest) == sealing.record_namer(wanted)(digest)
    assert sealing.record_namer(wanted)(digest) != sealing.record_namer(other)(digest)


def test_pack_when_a_partner_answered_then_holds_both_letters(pack: dict[str, bytes]) -> None:
    first, second = (json.loads(pack[name]) for name in ("letter-1.json", "letter.json"))

    assert [(each["number"], each["pending"]) for each in (first, second)] == [(1, 1), (2, 0)]
    assert second["partners"][0]["words"] == "says that it deleted what it got"


def test_chain_when_written_anew_then_an_older_head_tells(pack: dict[str, bytes], tmp_path: Path) -> None:
    older, newer, anew = (tmp_path / name for name in ("older.zip", "newer.zip", "anew.zip"))
    zipped(pack, older)
    zipped(pack, newer)
    zipped(written_anew(pack), anew)

    def said(path: Path, *more: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-I", str(CHECKER), str(path), *more], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout

    # Whoever holds the signing key can write a pack that agrees with itself, and not with what others hold.
    assert said(anew)[0] == 0
    assert said(newer, "--head", str(older))[0] == 0
    code, words = said(anew, "--head", str(older))
    assert (code, "so it was written anew since then" in words) == (1, True), words


def zipped(files: dict[str, bytes], path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def written_anew(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same pack with another actor in its first entry, every digest and both signatures made anew."""
    chain = json.loads(files["chain.json"])
    previous = anchors.NOTHING
    for entry in chain["entries"]:
        entry["previous"] = previous
        entry["actor"] = "command" if entry["number"] == 1 else entry["actor"]
        body = {name: value for name, value in entry.items() if name != "digest"} | {"stream": chain["stream"]}
        entry["digest"] = previous = check_audit.digest_of(body)
    head = {"format": anchors.FORMAT, "stream": chain["stream"], "length": len(chain["entries"]), "head": previous}
    anew = dict(files)
    resigned("chain.json", lambda said: said.update(entries=chain["entries"], head=signatures.signed(head)))(anew)
    return anew


def edited(name: str, change: Callable[[Any], None]) -> Callable[[dict[str, bytes]], None]:
    def edit(files: dict[str, bytes]) -> None:
        content = json.loads(files[name])
        change(content)
        files[name] = json.dumps(content).encode()

    return edit


def resigned(name: str, change: Callable[[Any], None]) -> Callable[[dict[str, bytes]], None]:
    """A change by somebody who can sign the manifest anew: the files still contradict one another."""

    def edit(files: dict[str, bytes]) -> None:
        edited(name, change)(files)
        manifest = json.loads(files["manifest.json"])
        manifest["files"][name] = hashlib.sha256(files[name]).hexdigest()
        body = {key: value for key, value in manifest.items() if key not in ("signature", "public_key")}
        files["manifest.json"] = json.dumps(signatures.signed(body)).encode()

    return edit


def say_more(letter: Any) -> None:
    letter["blocks"][0]["lines"][0]["records"] += 1


def approve_other(plan: Any) -> None:
    plan["outcomes"][0]["action"] = "keep"


def remove_kept(proof: Any) -> None:
    step = proof["steps"][0]
    kept = next(number for number, each in enumerate(step["outcomes"]) if each["rule"] == "shared-record")
    step["outcomes"][kept]["action"] = "delete"


def drop_place(proof: Any) -> None:
    proof["steps"].clear()
    proof["totals"] = {}


def drop_record(proof: Any) -> None:
    proof["steps"][0]["records"].pop()


def drop_planned(plan: Any) -> None:
    plan["records"].pop()
    plan["fingerprint"] = check_audit.fingerprint(plan)


def keep_longer(letter: Any) -> None:
    line = next(line for block in letter["blocks"] for line in block["lines"] if line["until"])
    line["until"] = "2099-12-31"


def plan_longer(plan: Any) -> None:
    next(each for each in plan["outcomes"] if each["until"])["review_on"] = "2099-12-31"


def forget_partner(letter: Any) -> None:
    letter["partners"].clear()


def say_otherwise(letter: Any) -> None:
    letter["partners"][0]["words"] = "says that it holds nothing about you"


def unprove(proof: Any) -> None:
    proof["steps"][0]["state"] = "failed"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (edited("letter.json", say_more), "letter.json: was changed after it was packed"),
        (lambda files: files.pop("proof.json"), "missing: proof.json"),
        (lambda files: files.update({"more.txt": b"x"}), "more.txt: is not of this pack"),
        (resigned("letter.json", say_more), "letter.json: 2 deleted, and the proof has 1"),
        (resigned("plan.json", approve_other), "its records do not have its fingerprint"),
        (resigned("proof.json", remove_kept), "was removed, and the plan did not say so"),
        (resigned("proof.json", unprove), "proof.json: shop is failed"),
        (resigned("proof.json", drop_place), "proof.json: has 0 places, and the chain says that it was begun in [1]"),
        (resigned("proof.json", drop_place), "proof.json: is not the proof that the letter was put together from"),
        (resigned("proof.json", drop_record), "proof.json: shop is not as it was when it was proved"),
        (resigned("plan.json", drop_planned), "chain.json: this plan was never approved"),
        (resigned("plan.json", plan_longer), "plan.json: is not the plan that the letter was put together from"),
        (resigned("letter.json", keep_longer), "letter.json: is not the letter that was issued"),
        (resigned("letter.json", say_otherwise), "letter.json: is not the letter that was issued"),
        (resigned("letter.json", forget_partner), "letter.json: names 0 partners, and the chain says that 1 were told"),
        (resigned("letter-1.json", say_otherwise), "letter-1.json: is not the letter that was issued"),
        (lambda files: files.pop("letter-1.json"), "letter-1.json: is missing, and the chain says that it was issued"),
        (resigned("manifest.json", lambda said: said.update(version=1)), "version 1; use the check_audit.py"),
        (resigned("chain.json", lambda chain: chain["entries"].pop(3)), "entry 4 is missing"),
        (resigned("chain.json", lambda chain: chain["entries"][3].update(actor="staff:99")), "entry 4 was changed"),
    ],
    ids=[
        *("edited", "missing", "added", "letter", "plan", "proof", "unproved", "no place", "other proof", "no record"),
        *("not planned", "planned longer", "kept longer", "other answer", "no partner", "earlier letter", "no letter"),
        *("other version", "cut", "forged"),
    ],
)
def test_pack_when_anything_is_changed_then_says_what_does_not_hold(
    pack: dict[str, bytes], tmp_path: Path, change: Callable[[dict[str, bytes]], object], words: str
) -> None:
    change(pack)

    code, said = checked(pack, tmp_path)

    assert (code, words in said) == (1, True), said


@pytest.mark.parametrize(
    "name", ["chain.json", "plan.json", "proof.json", "letter.json", "letter-1.json", "manifest.json"]
)
def test_pack_when_a_file_says_one_name_twice_then_is_refused(
    pack: dict[str, bytes], tmp_path: Path, name: str
) -> None:
    first = next(iter(json.loads(pack[name])))
    pack[name] = pack[name].replace(b"{", b'{"%s": "said first", ' % first.encode(), 1)
    assert first in json.loads(pack[name])

    code, said = checked(pack, tmp_path)

    assert (code, said) == (1, f"{name}: says {first} twice\n")


def test_chain_when_it_says_one_name_twice_then_is_refused(pack: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "chain.json"
    path.write_bytes(b'{"streams": [], "streams": [' + pack["chain.json"] + b"]}")

    done = subprocess.run([sys.executable, "-I", str(CHECKER), str(path)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (1, f"{path}: says streams twice\n")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_pack_when_a_file_is_in_it_twice_then_is_refused(pack: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    zipped(pack, path)
    assert check_audit.pack_lines(str(path))[1] == 0
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("letter.json", b"{}")
        archive.writestr("plan.json", pack["plan.json"])

    done = subprocess.run([sys.executable, "-I", str(CHECKER), str(path)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout.splitlines()) == (
        1,
        ["letter.json: stands in the pack twice", "plan.json: stands in the pack twice"],
    )
    with pytest.raises(CommandError, match=r"letter\.json: stands in the pack twice"):
        call_command("verify_evidence", str(path), stdout=io.StringIO())


def test_pack_when_signed_by_another_key_then_is_not_trusted(pack: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in pack.items():
            archive.writestr(name, content)

    lines, bad = check_audit.pack_lines(str(path), [bytes(32)])

    assert bad
    assert "signed with another key than you trust" in " ".join(lines)


def test_commands_when_asked_then_write_a_pack_and_check_it(
    made: dict[str, bytes], wanted: SubjectRequest, tmp_path: Path
) -> None:
    path, out = tmp_path / "evidence.zip", StringIO()

    call_command("evidence", wanted.reference, "--out", str(path), stdout=out)
    call_command("verify_evidence", str(path), stdout=out)

    assert '"holds": true' in out.getvalue()
    with zipfile.ZipFile(path) as archive:
        assert set(archive.namelist()) == {*made}
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(CommandError, match="is no evidence pack, or it is damaged"):
        call_command("verify_evidence", str(path), stdout=io.StringIO())
    cut = subprocess.run([sys.executable, CHECKER, path], capture_output=True, text=True, check=False)
    assert (cut.returncode, cut.stdout) == (2, "")
    assert "is neither an exported chain nor an evidence pack" in cut.stderr
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("verify_evidence", str(tmp_path / "nowhere.zip"), stdout=io.StringIO())
    with pytest.raises(CommandError, match="cannot be written: Is a directory"):
        call_command("evidence", wanted.reference, "--out", str(tmp_path), stdout=io.StringIO())


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"null", b"[" * 100_000], ids=["empty", "list", "bare", "null", "deep"]
)
@pytest.mark.parametrize(
    "name", ["chain.json", "plan.json", "proof.json", "letter.json", "letter-1.json", "manifest.json"]
)
def test_pack_when_a_file_is_empty_or_something_else_then_says_which(
    pack: dict[str, bytes], tmp_path: Path, name: str, content: bytes
) -> None:
    code, said = checked({**pack, name: content}, tmp_path)

    expected = "is not the letter" if (name, content) == ("letter-1.json", b"{}") else "is empty, damaged or something"
    assert (code, f"{name}: {expected}" in said, "Traceback" in said) == (1, True, False), said


def test_pack_when_an_entry_is_no_entry_then_says_in_which_file(pack: dict[str, bytes], tmp_path: Path) -> None:
    chain = {**json.loads(pack["chain.json"]), "entries": ["x"]}

    code, said = checked({**pack, "chain.json": json.dumps(chain).encode()}, tmp_path)

    assert (code, said.splitlines()[-1]) == (1, f"chain.json: {check_audit.ODD}")


def test_pack_when_nothing_is_proved_yet_then_is_refused(wanted: SubjectRequest, now: datetime) -> None:
    with pytest.raises(WrongState, match="no proof to pack yet"):
        evidence.contents(wanted, now=now)
