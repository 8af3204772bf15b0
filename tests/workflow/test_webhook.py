"""Messages to recipients' programs: what reaches a real one, and where none is ever sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from pytest_django.fixtures import Settings

from dsr import jobs
from dsr.lifecycle import RequestType
from dsr.models import Job, RecipientInstruction, Shop, SubjectRequest
from dsr.workflow import audit, intake, recipient_jobs, recipients, webhook
from dsr.workflow.actors import COMMAND, staff
from dsr.workflow.webhook import Reply, WebhookRefused, WebhookUnreachable
from tests.conftest import ADA
from tests.partners import forget, of, publish
from tests.programs import Program, running

SENT = {"reference": "SM-0000-0000"}


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    with running(tmp_path) as (program, certificate):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        yield program


def send(address: str, **more: float) -> Reply:
    return webhook.post(address, SENT, is_private_allowed=True, **more)


@pytest.mark.parametrize(
    ("status", "body", "is_done"),
    [
        (200, b'{"status": "done"}', True),
        (202, b'{"status": "queued"}', False),
        (200, b"", False),
        (204, b"", False),
        (200, b"<html>done</html>", False),
        (200, b'["status", "done"]', False),
        (200, b'{"status": ["done"]}', False),
        (200, b"[" * 60_000, False),
        (200, b"\xff\xfe", False),
        (200, b" " * 70_000 + b'{"status": "done"}', False),
    ],
)
def test_program_when_it_takes_the_message_then_only_done_in_so_many_words_is_done(
    program: Program, status: int, body: bytes, is_done: bool
) -> None:
    program.status, program.body = status, body

    assert send(program.address()) == Reply(is_done)

    ((path, headers, sent),) = program.got
    assert (path, headers["Content-Type"], sent) == ("/hook?token=secret", "application/json", SENT)


@pytest.mark.parametrize("status", [500, 502, 503, 408, 429])
def test_program_when_it_cannot_now_then_it_is_tried_again(program: Program, status: int) -> None:
    program.status = status

    with pytest.raises(WebhookUnreachable, match=f"HTTP {status}"):
        send(program.address())


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 410])
def test_program_when_it_refuses_or_sends_elsewhere_then_nothing_is_followed(program: Program, status: int) -> None:
    program.status, program.headers = status, {"Location": program.address(path="/elsewhere")}

    with pytest.raises(WebhookRefused, match=f"HTTP {status}"):
        send(program.address())

    assert [path for path, _, _ in program.got] == ["/hook?token=secret"]


def test_program_when_its_certificate_is_another_names_then_nothing_is_said_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path, names=("pay.example",)) as (program, certificate):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

        with pytest.raises(WebhookRefused, match="no certificate"):
            send(program.address())

        assert program.got == []


def test_program_when_it_answers_letter_by_letter_then_the_line_is_cut(program: Program) -> None:
    program.body, program.slow = b'{"status": "done"}' + b" " * 1000, 0.05

    with pytest.raises(WebhookUnreachable, match="does not answer"):
        send(program.address(), seconds=0.4)

    assert len(program.got) == 1


def test_program_when_nobody_listens_or_knows_the_name_then_it_is_tried_again() -> None:
    for address in ("https://127.0.0.1:1/", "https://no-such-host.invalid/hook"):
        with pytest.raises(WebhookUnreachable):
            send(address)


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1/", "ftp://x.example/", "https:///hook", "https://a:b@x.example/", "https://x.example:port/", ""],
)
def test_address_when_it_is_no_plain_https_then_is_refused(address: str) -> None:
    with pytest.raises(WebhookRefused, match="no https address"):
        send(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "192.168.1.1", "0.0.0.0", "[::1]", "2130706433"]
)
def test_address_when_it_leads_inside_in_earnest_then_nothing_is_sent(program: Program, host: str) -> None:
    assert send(program.address()).is_done

    with pytest.raises(WebhookRefused, match="not public"):
        webhook.post(f"https://{host}:{program.port}/", SENT, is_private_allowed=False)

    assert len(program.got) == 1


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("100.64.0.1", False),
        ("172.16.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("2002:0a00:0001::", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("fe80::1%lo", False),
        ("fd00::1", False),
        ("2001:db8::1", False),
    ],
)
def test_address_when_it_holds_another_inside_then_that_one_counts(address: str, is_public: bool) -> None:
    assert webhook.is_public(address) is is_public


def told(shop: Shop, owner: User, now: datetime, program: Program, **changes: str) -> SubjectRequest:
    profile = publish(shop, now, program.address())
    kind = RequestType.CORRECTION if changes else RequestType.ACCESS
    asked = intake.open_request(
        shop=shop,
        request_type=kind,
        identities=(ADA,),
        channel=SubjectRequest.Channel.PORTAL,
        proved_to=staff(owner),
        now=now,
    )
    with transaction.atomic():
        recipients.instruct(asked, [each for each in profile.recipients if each.key == "pay"], now=now, changes=changes)
    return asked


def the_job() -> Job:
    return Job.objects.get(kind="send_instruction")


def test_instruction_when_the_program_does_it_at_once_then_it_is_answered(
    shop: Shop, owner: User, program: Program, now: datetime
) -> None:
    asked = told(shop, owner, now, program)

    jobs.send_instruction(the_job().pk)
    jobs.send_instruction(the_job().pk)

    assert [sent for _, _, sent in program.got] == [
        {
            "shop": "small-shop",
            "reference": asked.reference,
            "kind": "erase",
            "identifiers": [{"kind": "email", "value": ADA.value}],
        }
    ]
    assert (of(asked, "pay").answer, of(asked, "pay").answered_by) == ("done", "recipient")
    assert the_job().state == Job.State.DONE
    facts = [(each.action, each.facts) for each in audit.entries_of(asked) if each.action.startswith("recipient.")]
    assert facts[1:] == [
        ("recipient.asked", {"recipient": "pay", "way": "webhook"}),
        ("recipient.answered", {"recipient": "pay", "answer": "done"}),
    ]


def test_instruction_when_the_program_only_takes_it_then_its_answer_is_owed(
    shop: Shop, owner: User, program: Program, now: datetime
) -> None:
    program.body = b'{"status": "queued"}'
    asked = told(shop, owner, now, program, City="Aachen")

    jobs.send_instruction(the_job().pk)

    assert (program.got[0][2]["kind"], program.got[0][2]["changes"]) == ("correct", {"City": "Aachen"})
    assert (of(asked, "pay").state, recipients.pending(asked)) == ("sent", 1)


def test_instruction_when_the_program_is_away_then_is_told_later_and_counts_as_untold_until_then(
    shop: Shop, owner: User, program: Program, now: datetime
) -> None:
    program.status = 503
    asked = told(shop, owner, now, program)

    jobs.send_instruction(the_job().pk)

    assert (the_job().state, of(asked, "pay").state) == (Job.State.READY, "to_send")
    assert the_job().error_text == "The payment company: 127.0.0.1 cannot take it now (HTTP 503)."

    program.status = 200
    Job.objects.update(run_after=now)
    jobs.send_instruction(the_job().pk)

    assert of(asked, "pay").answer == "done"


def test_instruction_when_the_program_refuses_then_staff_see_why_and_the_reminder_tries_again(
    shop: Shop, owner: User, program: Program, now: datetime
) -> None:
    program.status = 404
    asked = told(shop, owner, now, program)

    jobs.send_instruction(the_job().pk)

    assert (the_job().state, of(asked, "pay").state) == (Job.State.PARKED, "to_send")
    assert "secret" not in the_job().error_text

    program.status = 200
    recipient_jobs.remind(now + timedelta(days=7))
    Job.objects.update(run_after=timezone.now())
    jobs.send_instruction(the_job().pk)

    assert (of(asked, "pay").answer, of(asked, "pay").reminded) == ("done", 1)


@pytest.mark.django_db(transaction=True)
def test_instruction_when_its_worker_was_given_up_after_the_message_then_it_is_told_again_and_answered_once(
    shop: Shop, owner: User, program: Program, now: datetime
) -> None:
    asked = told(shop, owner, now, program)

    def taken_over() -> None:
        Job.objects.filter(pk=the_job().pk).update(fence=F("fence") + 1)
        connection.close()

    program.meanwhile = taken_over
    jobs.send_instruction(the_job().pk)

    assert len(program.got) == 1
    assert (of(asked, "pay").state, the_job().state) == ("to_send", Job.State.RUNNING)

    program.meanwhile = bool
    Job.objects.update(heartbeat_at=now - timedelta(hours=1))
    jobs.send_instruction(the_job().pk)

    assert len(program.got) == 2
    assert (of(asked, "pay").answer, the_job().state) == ("done", Job.State.DONE)
    actions = [entry.action for entry in audit.entries_of(asked)]
    assert (actions.count("recipient.asked"), actions.count("recipient.answered")) == (1, 1)


def test_instruction_when_its_program_stands_inside_in_earnest_then_it_is_not_called(
    shop: Shop, owner: User, program: Program, now: datetime, settings: Settings
) -> None:
    settings.DSR_PRIVATE_WEBHOOKS = False
    asked = told(shop, owner, now, program)

    jobs.send_instruction(the_job().pk)

    assert program.got == []
    assert the_job().state == Job.State.PARKED
    assert the_job().error_text.endswith("leads into a network that is not public; nothing was sent.")
    assert of(asked, "pay").state == "to_send"


def test_instruction_when_answered_or_forgotten_meanwhile_then_the_program_is_not_called(
    shop: Shop, owner: User, program: Program, now: datetime
) -> None:
    asked = told(shop, owner, now, program)
    recipients.answer(of(asked, "pay"), RecipientInstruction.Answer.NOTHING_HELD, actor=COMMAND, now=now)

    jobs.send_instruction(the_job().pk)

    assert (program.got, the_job().state) == ([], Job.State.DONE)
    assert of(asked, "pay").answer == "nothing_held"

    Job.objects.all().delete()
    other = told(shop, owner, now, program)
    forget(other)
    jobs.send_instruction(the_job().pk)

    assert (program.got, the_job().state) == ([], Job.State.DONE)
    assert of(other, "pay").state == "to_send"


def test_address_when_the_profile_holds_a_secret_then_no_log_line_and_no_page_for_customers_shows_it(
    shop: Shop, owner: User, program: Program, now: datetime, client: object, caplog: pytest.LogCaptureFixture
) -> None:
    program.status = 404
    told(shop, owner, now, program)
    assert "token=secret" in shop.policy_versions.latest("number").text

    jobs.send_instruction(the_job().pk)

    page = client.get("/small-shop/promises/").content.decode()  # type: ignore[attr-defined]  # Django's test client
    assert "The payment company" in page
    assert "secret" not in page
    assert "secret" not in caplog.text
