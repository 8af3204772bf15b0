"""The commands about erasures when something is wrong: a sentence for people and an exit code, never a traceback."""

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from dsr.models import Hold, Job, Shop, SubjectRequest
from tests.conftest import ADA, ask, work_off
from tests.erasing.conftest import approve, carry_out, change, connected, url, wanted  # noqa: F401  (fixtures)
from tests.erasing.test_bad_input import LIES


def run(*command: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command(*command, stdout=out)
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (
            ("replay", "small-shop", "--snapshot-taken", "gestern"),
            "'gestern' is no moment; write it as 2026-03-01T02:00",
        ),
        (
            ("replay", "small-shop", "--snapshot-taken", "2026-03-01"),
            "'2026-03-01' says no time zone; write it as 2026-03-01T00:00+00:00 when it is in UTC",
        ),
        (("backups", "small-shop", "--on", "monday"), "'monday' is no day; write it as 2027-03-01"),
        (
            ("simulate_policy", "small-shop", "--profile", "draft.yaml", "--today", "monday"),
            "'monday' is no day; write it as 2027-03-01",
        ),
        (("hold", "place", "SM-0000-0000", "--until", "soon"), "'soon' is no day; write it as 2027-03-01"),
        (("plan_erasure", "SM-0000-0000"), "There is no request 'SM-0000-0000'"),
        (("evidence", "SM-0000-0000"), "There is no request 'SM-0000-0000'"),
        (("finish_due_erasures", "nowhere"), "There is no shop 'nowhere'"),
        (("verify_evidence", "/nowhere.zip"), "/nowhere.zip cannot be read: No such file or directory"),
    ],
)
@pytest.mark.django_db
def test_command_when_what_it_is_given_is_wrong_then_says_what(command: tuple[str, ...], says: str) -> None:
    with pytest.raises(CommandError) as refused:
        run(*command)

    assert says in str(refused.value)


def test_commands_when_nothing_is_ever_changed_for_the_request_then_say_so(
    shop: Shop, owner: User, now: datetime
) -> None:
    asked = ask(shop, ADA, now, owner)
    work_off(asked)
    outcome = ("--source", "shop", "--collection", "orders", "--outcome", "keep", "--reason", "x", "--as", "olga")

    with pytest.raises(CommandError, match=r"changes nothing in a database \(its kind is access\)"):
        run("evidence", asked.reference)
    with pytest.raises(CommandError, match="asks for access: nothing is erased or corrected for it"):
        run("change_outcome", asked.reference, *outcome)


def test_hold_when_nobody_places_it_then_is_refused(wanted: SubjectRequest) -> None:  # noqa: F811
    place = ["hold", "place", wanted.reference, "--source", "shop", "--collection", "newsletter", "--ground", "Court"]

    with pytest.raises(CommandError, match="Say who places it: --as STAFF"):
        run(*place)

    assert Hold.objects.count() == 0


def test_run_request_when_the_run_was_given_up_then_says_why_and_ends_with_an_error(
    wanted: SubjectRequest,  # noqa: F811
    url: str,  # noqa: F811
    owner: User,
    now: datetime,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change(url, *LIES)
    carry_out(wanted, owner, now)
    assert Job.objects.get(subject_request=wanted, kind="erase").state == Job.State.PARKED

    with pytest.raises(SystemExit) as ended:
        call_command("run_request", wanted.reference)

    (job,) = [each for each in json.loads(capsys.readouterr().out)["jobs"] if each["kind"] == "erase"]
    assert ended.value.code == 1
    assert "newsletter" in job["why"]


def test_run_request_when_the_person_may_still_stop_it_then_says_until_when(
    wanted: SubjectRequest,  # noqa: F811
    owner: User,
    now: datetime,
) -> None:
    approve(wanted, owner, now)
    later = datetime.fromisoformat("2099-01-01T00:00:00+00:00")
    Job.objects.filter(subject_request=wanted, kind="erase").update(run_after=later)

    (job,) = [each for each in run("run_request", wanted.reference)["jobs"] if each["kind"] == "erase"]

    assert (job["state"], job["runs_from"]) == ("ready", "2099-01-01T00:00:00+00:00")


def test_files_when_they_cannot_be_written_then_says_where(
    wanted: SubjectRequest,  # noqa: F811
    owner: User,
    now: datetime,
    tmp_path: Path,
) -> None:
    carry_out(wanted, owner, now)
    (tmp_path / "file").write_text("here")

    for command in (("evidence", wanted.reference), ("run_request", wanted.reference)):
        with pytest.raises(CommandError, match="cannot be written: Not a directory"):
            run(*command, "--out", str(tmp_path / "file" / "below"))
