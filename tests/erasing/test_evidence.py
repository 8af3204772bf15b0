"""The evidence pack convinces somebody who has only Python, and stops convincing as soon as anything in it is changed."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from dsr.exports import check_audit
from dsr.models import Source, SubjectRequest
from dsr.records import Action
from dsr.workflow import erasure_approval, evidence
from dsr.workflow.actors import staff
from dsr.workflow.transitions import WrongState
from tests.erasing.conftest import carry_out

CHECKER = Path(check_audit.__file__)
TYPED = "Mrs Lovelace told us so herself."


@pytest.fixture
def made(wanted: SubjectRequest, connected: Source, owner: User, now: datetime) -> dict[str, bytes]:
    """The files of a pack about an erasure of this test, in which a colleague decided one thing otherwise."""
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
        manifest["files"][name] = evidence.hashlib.sha256(files[name]).hexdigest()
        body = {key: value for key, value in manifest.items() if key not in ("signature", "public_key")}
        files["manifest.json"] = json.dumps(evidence.signatures.signed(body)).encode()

    return edit


def say_more(letter: Any) -> None:
    letter["blocks"][0]["lines"][0]["records"] += 1


def approve_other(plan: Any) -> None:
    plan["outcomes"][0]["action"] = "keep"


def remove_kept(proof: Any) -> None:
    step = proof["steps"][0]
    kept = next(number for number, each in enumerate(step["outcomes"]) if each["rule"] == "shared-record")
    step["outcomes"][kept]["action"] = "delete"


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
        (resigned("chain.json", lambda chain: chain["entries"].pop(3)), "entry 4 is missing"),
        (resigned("chain.json", lambda chain: chain["entries"][3].update(actor="staff:99")), "entry 4 was changed"),
    ],
    ids=["edited", "missing", "added", "letter", "plan", "proof", "unproved", "cut", "forged"],
)
def test_pack_when_anything_is_changed_then_says_what_does_not_hold(
    pack: dict[str, bytes], tmp_path: Path, change: Callable[[dict[str, bytes]], object], words: str
) -> None:
    change(pack)

    code, said = checked(pack, tmp_path)

    assert (code, words in said) == (1, True), said


def test_pack_when_signed_by_another_key_then_is_not_trusted(pack: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in pack.items():
            archive.writestr(name, content)

    lines, bad = check_audit.pack_lines(str(path), bytes(32))

    assert bad
    assert "signed with another key than the one you trust" in " ".join(lines)


def test_commands_when_asked_then_write_a_pack_and_check_it(
    made: dict[str, bytes], wanted: SubjectRequest, tmp_path: Path
) -> None:
    path, out = tmp_path / "evidence.zip", StringIO()

    call_command("evidence", wanted.reference, "--out", str(path), stdout=out)
    call_command("verify_evidence", str(path), stdout=out)

    assert '"holds": true' in out.getvalue()
    with zipfile.ZipFile(path) as archive:
        assert set(archive.namelist()) == {*made}
    for damaged in damages(path.read_bytes(), made):
        path.write_bytes(damaged)
        with pytest.raises(CommandError, match="is no evidence pack, or it is damaged"):
            call_command("verify_evidence", str(path), stdout=io.StringIO())
        checked = subprocess.run([sys.executable, CHECKER, path], capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stdout) == (2, "")
        assert "is neither an exported chain nor an evidence pack" in checked.stderr
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("verify_evidence", str(tmp_path / "nowhere.zip"), stdout=io.StringIO())
    with pytest.raises(CommandError, match="cannot be written: Is a directory"):
        call_command("evidence", wanted.reference, "--out", str(tmp_path), stdout=io.StringIO())


def damages(pack: bytes, files: dict[str, bytes]) -> Iterator[bytes]:
    """The pack cut short, and with files that are JSON of another shape, or too deep to be read."""
    yield pack[:-10]
    chain = json.loads(files["chain.json"])
    for name, content in (
        ("manifest.json", b"[]"),
        ("manifest.json", b'{"files": []}'),
        ("proof.json", b"null"),
        ("plan.json", b"[" * 100_000),
        ("chain.json", json.dumps({**chain, "entries": ["x"]}).encode()),
    ):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for each, bytes_ in {**files, name: content}.items():
                archive.writestr(each, bytes_)
        yield packed.getvalue()


def test_pack_when_nothing_is_proved_yet_then_is_refused(wanted: SubjectRequest, now: datetime) -> None:
    with pytest.raises(WrongState, match="no proof to pack yet"):
        evidence.contents(wanted, now=now)
