from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dsr.models import FindingMark, Job, Membership, Shop, Source, SubjectRequest
from dsr.workflow import audit, chunks, shops
from tests.conftest import ADA, ask, work_off
from tests.staff.conftest import signed_in, text

ONE_REQUEST = "/staff/requests/{}/"


def test_somebody_who_is_not_signed_in_is_sent_to_the_door(client: Client, gathered: SubjectRequest) -> None:
    response = client.get(ONE_REQUEST.format(gathered.reference))

    assert (response.status_code, response["Location"]) == (
        302,
        f"/staff/account/login/?next=/staff/requests/{gathered.reference}/",
    )


def test_a_person_without_a_role_is_turned_away(gathered: SubjectRequest) -> None:
    assert signed_in(User.objects.create_user("guest")).get("/staff/").status_code == 403


def test_staff_of_another_shop_cannot_tell_that_a_request_exists(
    gathered: SubjectRequest, other_shop: Shop, desk: Client
) -> None:
    stranger = User.objects.create_user("stranger")
    shops.give_role(stranger, Membership.Role.OWNER, other_shop)
    run = gathered.source_runs.get()
    paths = [
        f"/staff/requests/{gathered.reference}/",
        f"/staff/requests/{gathered.reference}/approve/",
        f"/staff/requests/{gathered.reference}/findings/{run.pk}/customers/",
        f"/staff/sources/{run.source.pk}/",
    ]
    assert desk.get(paths[0]).status_code == desk.get(paths[2]).status_code == 200

    answers = [signed_in(stranger).get(path).status_code for path in paths]

    assert answers == [404, 404, 404, 404]
    assert gathered.reference not in text(signed_in(stranger).get("/staff/"))


def test_a_reviewer_does_not_see_the_owners_pages(desk: Client, boss: Client, source: Source) -> None:
    paths = ["/staff/sources/", "/staff/sources/add/", f"/staff/sources/{source.pk}/", "/staff/jobs/"]

    assert [boss.get(path).status_code for path in paths] == [200] * 4
    assert [desk.get(path).status_code for path in paths] == [403] * 4


def test_navigation_when_the_owners_pages_are_closed_then_it_does_not_lead_there(desk: Client, boss: Client) -> None:
    seen_by = {who: text(page.get("/staff/")) for who, page in (("reviewer", desk), ("owner", boss))}

    assert {who: seen.count('href="/staff/sources/"') for who, seen in seen_by.items()} == {"reviewer": 0, "owner": 1}


def test_the_queue_costs_the_same_for_one_row_and_for_three(
    desk: Client, shop: Shop, source: Source, owner: User, now: datetime
) -> None:
    desk.get("/staff/")  # A server's first page looks whether our database was put back.
    counts = []
    for wanted in (1, 3):
        while SubjectRequest.objects.count() < wanted:
            work_off(ask(shop, ADA, now, owner))
        with CaptureQueriesContext(connection) as queries:
            page = text(desk.get("/staff/"))
        counts.append((len(queries), page.count('class="reference"')))

    assert [rows for _, rows in counts] == [1, 3]
    assert counts[0][0] == counts[1][0]


def test_unconfirmed_requests_stay_out_of_the_open_queue(
    desk: Client, shop: Shop, source: Source, now: datetime
) -> None:
    waiting = ask(shop, ADA, now)

    assert waiting.reference not in text(desk.get("/staff/"))
    assert waiting.reference in text(desk.get("/staff/?tab=unconfirmed"))


@pytest.mark.parametrize("typed", ["ada@example.com", " ADA@Example.com "])
def test_a_request_is_found_by_its_address_which_stands_in_no_url(
    desk: Client, gathered: SubjectRequest, typed: str
) -> None:
    response = desk.post("/staff/search/", {"text": typed})
    page = text(desk.get(response["Location"]))

    assert "ada" not in response["Location"]
    assert gathered.reference in page


def test_a_request_is_found_by_its_reference_in_any_case(desk: Client, gathered: SubjectRequest) -> None:
    response = desk.post("/staff/search/", {"text": gathered.reference.lower()})

    assert response["Location"] == f"/staff/requests/{gathered.reference}/"


def test_identifiers_are_masked_until_they_are_opened_and_opening_is_a_fact(
    desk: Client, gathered: SubjectRequest
) -> None:
    masked = text(desk.get(f"/staff/requests/{gathered.reference}/"))
    opened = text(desk.post(f"/staff/requests/{gathered.reference}/identities/"))

    assert ("ada@example.com" in masked, "ada@example.com" in opened) == (False, True)
    assert [entry.action for entry in audit.entries_of(gathered)][-1] == "identity.viewed"


def test_the_first_look_at_findings_is_a_fact_and_the_second_is_not(desk: Client, gathered: SubjectRequest) -> None:
    path = f"/staff/requests/{gathered.reference}/findings/{gathered.source_runs.get().pk}/customers/"

    pages = [text(desk.get(path)) for _ in range(2)]

    assert all("Ada Lovelace" in page for page in pages)
    assert "held, never sent out" in pages[0]
    assert [entry.action for entry in audit.entries_of(gathered)].count("findings.viewed") == 1


def test_html_and_formulas_in_rows_are_shown_as_text(desk: Client, gathered: SubjectRequest) -> None:
    run = gathered.source_runs.get()

    page = text(desk.get(f"/staff/requests/{gathered.reference}/findings/{run.pk}/order_lines/"))

    assert "A &amp; B &lt;3" in page
    assert "A & B <3" not in page


def test_a_field_is_hidden_with_a_ground_and_included_again(desk: Client, gathered: SubjectRequest) -> None:
    run = gathered.source_runs.get()
    row = next(chunks.read(run, "customers"))
    path = f"/staff/requests/{gathered.reference}/findings/{run.pk}/customers/"

    desk.post(path.replace("/findings/", "/mark/"), {"digest": row.digest, "field": "name", "ground": "staff_member"})
    as_customer = text(desk.get(path + "?as_customer"))
    made = FindingMark.objects.get(field="name")
    desk.post(f"/staff/requests/{gathered.reference}/marks/{made.pk}/remove/")

    assert ("names a member of staff" in as_customer, "Ada Lovelace" in as_customer) == (True, False)
    assert "Ada Lovelace" in text(desk.get(path + "?as_customer"))


@pytest.mark.parametrize("said", [{"field": "name"}, {"field": "no_such", "ground": "security"}, {"ground": "mood"}])
def test_a_mark_without_ground_or_column_is_refused(
    desk: Client, gathered: SubjectRequest, said: dict[str, str]
) -> None:
    run = gathered.source_runs.get()
    before = FindingMark.objects.count()

    page = desk.post(f"/staff/requests/{gathered.reference}/mark/{run.pk}/customers/", said, follow=True)

    assert "Choose what to leave out, and a ground." in text(page)
    assert FindingMark.objects.count() == before


def test_what_nobody_has_opened_is_released_only_on_purpose(desk: Client, gathered: SubjectRequest) -> None:
    path = f"/staff/requests/{gathered.reference}/approve/"

    stopped = text(desk.post(path))
    gathered.refresh_from_db()
    before = gathered.state
    desk.post(path, {"unseen_accepted": "1"})
    gathered.refresh_from_db()

    assert "tick the box" in stopped
    assert (before, gathered.state) == ("review", "approved")


def test_two_people_who_approve_at_once_release_once(desk: Client, boss: Client, gathered: SubjectRequest) -> None:
    path = f"/staff/requests/{gathered.reference}/approve/"
    for browser in (desk, boss):
        browser.post(path, {"unseen_accepted": "1"})

    assert [entry.action for entry in audit.entries_of(gathered)].count("request.approved") == 1
    assert Job.objects.filter(kind="make_package").count() == 1


def test_a_refusal_tells_the_ground_to_the_person(desk: Client, gathered: SubjectRequest) -> None:
    desk.post(f"/staff/requests/{gathered.reference}/refuse/", {"ground": "repeated"})

    gathered.refresh_from_db()
    assert (gathered.state, gathered.refusal_ground) == ("refused", "repeated")
    assert gathered.notices.get().kind == "refused"


def test_a_refusal_without_a_ground_goes_nowhere(desk: Client, gathered: SubjectRequest) -> None:
    page = text(desk.post(f"/staff/requests/{gathered.reference}/refuse/", {}))

    gathered.refresh_from_db()
    assert ("Choose a ground" in page, gathered.state) == (True, "review")


def test_a_call_is_logged_with_its_proof_and_gathering_begins(desk: Client, shop: Shop, source: Source) -> None:
    said = {
        "shop": shop.pk, "type": "access", "channel": "phone", "received_at": "2026-01-05T10:00",
        "email": "Ada@example.com", "phone": "(617) 555-0101", "is_proved": "on",
    }  # fmt: skip

    desk.post("/staff/requests/new/", said)

    made = SubjectRequest.objects.get()
    assert (made.state, made.channel, made.due_on.isoformat()) == ("gathering", "phone", "2026-02-05")
    assert made.identity_hashes.filter(is_verified=True).count() == 2


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"email": "", "phone": ""}, "at least one way"),
        ({"email": "", "customer_number": "7"}, "nobody can confirm"),
        ({"email": "nonsense"}, "name@example.com"),
        ({"received_at": "2999-01-01T00:00"}, "in the future"),
        ({"received_at": "soon"}, "Enter a date and a time"),
        ({"email": "a" * 300 + "@example.com"}, "at most 254"),
    ],
)
def test_a_mistake_in_the_log_keeps_what_was_typed(
    desk: Client, shop: Shop, said: dict[str, str], message: str
) -> None:
    right = {"shop": shop.pk, "type": "access", "channel": "letter", "received_at": "2026-01-05T10:00"}

    page = text(desk.post("/staff/requests/new/", {**right, "email": "ada@example.com", "phone": "6175550101", **said}))

    assert message in page
    assert "6175550101" in page or "phone" in said
    assert not SubjectRequest.objects.exists()


def test_the_owner_connects_a_database_and_sees_every_mistake_with_its_line(
    boss: Client, shop: Shop, source: Source, shop_url: str
) -> None:
    good = source.versions.get().dataset_text
    said = {"shop": shop.pk, "name": "second", "url": shop_url}
    bad = good.replace("name: engraving", "name: engravign").replace("user.contact.email]", "user.contact.emial]", 1)

    page = text(boss.post("/staff/sources/add/", {**said, "dataset_text": bad}))
    made_before = Source.objects.count()
    boss.post("/staff/sources/add/", {**said, "dataset_text": good.replace("small_shop", "second_shop")})

    assert "emial" in page
    assert shop_url not in page
    assert (made_before, Source.objects.count()) == (1, 2)


def test_the_address_of_a_source_is_never_shown_again(boss: Client, source: Source, shop_url: str) -> None:
    password = shop_url.partition("@")[0].rpartition(":")[2]

    pages = text(boss.get("/staff/sources/")) + text(boss.get(f"/staff/sources/{source.pk}/"))

    assert source.name in pages
    assert password not in pages


def test_a_parked_job_is_shown_with_its_reason_and_tried_again(boss: Client, gathered: SubjectRequest) -> None:
    gathered.jobs.update(state="parked", error_text="The disk is full.", kind="make_package")
    job = gathered.jobs.get()

    page = text(boss.get("/staff/jobs/"))
    boss.post(f"/staff/jobs/{job.pk}/again/")

    job.refresh_from_db()
    assert "The disk is full." in page
    assert job.state == "ready"


def test_a_card_number_in_a_note_is_shown_to_nobody(desk: Client, gathered: SubjectRequest) -> None:
    run = gathered.source_runs.get()
    note = next(row.values["note"] for row in chunks.read(run, "orders"))

    page = text(desk.get(f"/staff/requests/{gathered.reference}/findings/{run.pk}/orders/"))

    assert "4111 1111 1111 1111" in str(note)
    assert "called back" in page
    assert "4111" not in page
