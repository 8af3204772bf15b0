"""A real shop that this project did not write: after an erasure nothing of the person is left, and nobody else has changed.

Each scan first proves that it finds the person in the same dump taken before.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import zlib
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from dsr.exports.letter import FilesLine, letter_html
from dsr.models import Job, PlanStep, Shop
from dsr.records import normalise_email
from dsr.workflow import letters
from tests.erasing.canaries import tables
from tests.erasing.conftest import change
from tests.erasing.oscar_scene import (
    ACCOUNTS_WAIT,
    BIRTHDAY,
    EVERYTHING_GOES,
    HOLD_PHONE,
    NAMING,
    OF_SOMEBODY_ELSE_TOO,
    PHONE,
    PURCHASES_STAY,
    SHARED,
    UPLOAD,
    assert_kept_have_rule_and_day,
    assert_others_are_as_they_were,
    found_in,
    left_of,
    mailed,
    media,
    naming,
    oscar,
    our_files,
    our_tables,
    raw,
    scene_of,
)
from tests.installation import CHECKOUT
from tests.oscar_shop.names import ADA_EMAIL

__all__ = ["media", "oscar"]


def test_oscar_when_everything_goes_then_no_value_of_the_person_is_left_and_nobody_else_changed(
    shop: Shop, oscar: str, media: Path, owner: User
) -> None:
    scene = scene_of(shop, oscar, media, owner, EVERYTHING_GOES)

    sought = scene.canaries()
    before, after = raw(scene.before), raw(scene.after)
    assert found_in(sought, "\n".join(before.values())) == sought
    assert {
        f"ada's door, born {BIRTHDAY}",
        "tok-ada",
        "pay-ada",
        "ada rang and was unhappy",
        "ada2",
        "dear guest ada",
        PHONE,
        BIRTHDAY,
    } <= sought
    assert left_of(frozenset({PHONE, BIRTHDAY}), before) == {table: {PHONE, BIRTHDAY} for table in HOLD_PHONE}
    assert left_of(sought, after) == {}
    upload = str(media / "uploads" / UPLOAD)
    assert left_of(sought | NAMING, scene.uploads_before) == {upload: {PHONE, BIRTHDAY, normalise_email(ADA_EMAIL)}}
    assert scene.uploads_after == {path: each for path, each in scene.uploads_before.items() if path != upload}
    assert len(scene.uploads_after) == 1
    assert left_of(NAMING, before).keys() > left_of(NAMING, after).keys()
    assert left_of(NAMING, after) == OF_SOMEBODY_ELSE_TOO
    assert len(naming(scene.before)) > 20
    assert {table: len(rows) for table, rows in naming(scene.after).items()} == SHARED
    assert_others_are_as_they_were(scene)
    kept = assert_kept_have_rule_and_day(scene)
    assert {each.rule for each in kept} == {"shared-record"}
    assert {each.collection for each in kept} == set(SHARED)
    letter = letters.letter_of(scene.asked, today=date(2026, 1, 6))
    assert letter is not None
    assert letter.files == (FilesLine("Web shop", gone=1),)
    assert letter.unseen == ("Sessions of browsers (Web shop)", "Log of the shop's admin site (Web shop)")
    assert "was not erased: Sessions of browsers (Web shop), Log of" in letter_html(letter, on_paper=True)


def test_oscar_when_purchases_stay_then_each_has_its_rule_and_day_and_only_they_name_the_person(
    shop: Shop, oscar: str, media: Path, owner: User
) -> None:
    scene = scene_of(shop, oscar, media, owner, PURCHASES_STAY)

    sought = scene.canaries()
    assert {
        f"ada's door, born {BIRTHDAY}",
        "tok-ada",
        "ada rang and was unhappy",
        "ada2",
        PHONE,
        "dear guest ada",
    } <= sought
    assert left_of(sought, raw(scene.after)) == {}
    assert_others_are_as_they_were(scene)
    kept = assert_kept_have_rule_and_day(scene)
    assert {each.rule for each in kept} == {"purchases", "shared-record"}
    assert len([each for each in kept if each.collection == "order_order" and each.until == date(2031, 2, 28)]) == 3
    left = naming(scene.after)
    assert set(left) <= {each.collection for each in kept}
    stays = "\n".join(row for table, rows in left.items() for row in rows if table not in SHARED)
    assert "1 Ada Street" in stays  # the invoice's address is kept with the invoice
    assert ADA_EMAIL.lower() not in stays.lower()


def test_our_own_house_when_the_erasure_is_done_then_holds_nothing_of_the_person_in_clear(
    shop: Shop,
    oscar: str,
    media: Path,
    owner: User,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    mail.outbox.clear()
    scene = scene_of(shop, oscar, media, owner, EVERYTHING_GOES)
    sought = scene.canaries() | NAMING

    held = everything_of_ours(caplog, capfd)

    assert len(mail.outbox) == 1
    assert left_of(sought, held) == {}
    assert left_of(frozenset({scene.asked.reference.lower()}), held).keys() >= {"dsr_subjectrequest", "mail 0"}
    assert {"dsr_job", "django_q_ormq", "dsr_auditentry", "dsr_cache"} <= held.keys()
    assert [path for path in held if str(scene.asked.public_id) in path], "the letter's package is not among the files"

    # Had it stood in any of these places, it would have been found there.
    written = plant(f"Dear {ADA_EMAIL}, born {BIRTHDAY}, we rang {PHONE}")
    found = left_of(sought, everything_of_ours(caplog, capfd))
    assert set(found.values()) == {frozenset({normalise_email(ADA_EMAIL), BIRTHDAY, PHONE})}
    assert found.keys() == {"dsr_planstep", "dsr_job", "mail 1", "log", "output", *written}


def everything_of_ours(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> dict[str, str | bytes]:
    """Tables, mails, logs, and what stands in the files of ledger, packages and anchors of this session."""
    held = {**our_tables(), **our_files(settings.SESSION_FOLDER)}
    held |= {f"mail {number}": mailed(each) for number, each in enumerate(mail.outbox)}
    return held | {"log": caplog.text, "output": "".join(capfd.readouterr())}


def plant(words: str) -> list[str]:
    """Let the words stand wherever something of ours could say them; the paths of the files."""
    PlanStep.objects.update(sealed_rows=zlib.compress(words.encode()))
    Job.objects.update(error_text=words)
    mail.send_mail("Your wish", words, None, ["somebody@example.net"])
    logging.getLogger("dsr.workflow").warning("%s", words)
    print(words)
    package = default_storage.path(default_storage.save("packages/planted", ContentFile(words.encode())))
    entry = Path(settings.DSR_LEDGER) / "planted"
    entry.write_text(words)
    return [package, str(entry)]


def test_oscar_when_places_are_never_searched_then_they_stay_as_they_were_and_sessions_end_by_themselves(
    shop: Shop, oscar: str, media: Path, owner: User
) -> None:
    scene = scene_of(shop, oscar, media, owner, EVERYTHING_GOES)

    before, after = raw(scene.before), raw(scene.after)
    for place, value in (("django_session", normalise_email(ADA_EMAIL)), ("django_admin_log", "Ada")):
        assert found_in(frozenset({value}), before[place]) == {value}
        assert after[place] == before[place]
    change(oscar, "UPDATE django_session SET expire_date = now() - interval '1 day'")
    in_shop(oscar, "clearsessions")
    assert left_of(NAMING, raw(tables(oscar))).keys() == OF_SOMEBODY_ELSE_TOO.keys() - {"django_session"}


def in_shop(url: str, command: str) -> None:
    """What the shop's own people run."""
    environment = os.environ | {"OSCAR_SHOP_URL": url, "DJANGO_SETTINGS_MODULE": "tests.oscar_shop.settings"}
    line = [sys.executable, "-m", "django", command, "--skip-checks"]
    subprocess.run(line, env=environment, cwd=CHECKOUT, check=True, timeout=60)


def test_oscar_when_accounts_wait_then_they_are_out_of_use_and_else_as_they_were(
    shop: Shop, oscar: str, media: Path, owner: User
) -> None:
    scene = scene_of(shop, oscar, media, owner, ACCOUNTS_WAIT)

    accounts = [key for name, key in scene.planned if name == "auth_user"]
    was, now = scene.before["auth_user"], scene.after["auth_user"]
    is_active = was.columns.index("is_active")
    assert [was.rows[key][is_active] for key in accounts] == ["t", "t"]
    assert [now.rows[key] for key in accounts] == [
        (*was.rows[key][:is_active], "f", *was.rows[key][is_active + 1 :]) for key in accounts
    ]
    assert_others_are_as_they_were(scene)
    kept = assert_kept_have_rule_and_day(scene)
    assert [each.action for each in kept if each.collection == "auth_user"] == ["deactivate", "deactivate"]
