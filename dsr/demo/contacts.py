"""What needs no account: words that people wrote, and the ways in which shop and people reach each other."""

from __future__ import annotations

from datetime import timedelta

from dsr.demo import rows, words
from dsr.demo.lives import Friend, Life, draw_friend
from dsr.demo.teller import Teller


def tell_words(teller: Teller, life: Life, owner: rows.Owner) -> None:
    """Reviews, testimonials, referrals, survey answers, job applications."""
    for _ in range(life.reviews):
        _tell_review(teller, life, owner)
    for _ in range(life.testimonials):
        _tell_testimonial(teller, life)
    for friend in life.friends:
        _tell_referral(teller, friend, owner, life.joined_days_ago)
    for _ in range(life.survey_answers):
        _tell_survey_answer(teller, life)
    for _ in range(life.applications):
        _tell_application(teller, life)


def _tell_review(teller: Teller, life: Life, owner: rows.Owner) -> None:
    rng, number = teller.rng, len(teller.world.reviews) + 1
    title, body = rng.choice(words.REVIEWS)
    teller.world.reviews.append(
        rows.Review(
            id=number,
            owner=owner,
            email=life.email,
            shown_name=f"{life.first} {life.last[:1]}.",
            product=teller.product(number + 5),
            stars=rng.randint(1, 5),
            title=title,
            body=body,
            posted_at=teller.moment(teller.since(life.joined_days_ago)),
        )
    )


def _tell_testimonial(teller: Teller, life: Life) -> None:
    rng, at = teller.rng, teller.moment(teller.since(life.joined_days_ago))
    agreed = rng.random() < 0.8
    teller.world.testimonials.append(
        rows.Testimonial(
            id=len(teller.world.testimonials) + 1,
            email=life.email,
            shown_name=life.name,
            body=rng.choice(words.TESTIMONIALS),
            written_at=at,
            consent_at=at if agreed else None,
            is_published=agreed,
        )
    )


def _tell_referral(teller: Teller, friend: Friend, owner: rows.Owner, joined: int) -> None:
    """Only a friend with a mail address can be told."""
    if friend.email is None:
        return
    rng, days = teller.rng, teller.since(joined)
    sent = teller.moment(days)
    teller.world.referrals.append(
        rows.Referral(
            id=len(teller.world.referrals) + 1,
            owner=owner,
            friend_name=friend.name,
            friend_email=friend.email,
            message=rng.choice(("You must see their opals.", "Thought of you!", "10 % off for both of us :)")),
            sent_at=sent,
            followed_at=sent + timedelta(days=1) if rng.random() < 0.3 and days > 2 else None,
        )
    )


def _tell_survey_answer(teller: Teller, life: Life) -> None:
    rng, number = teller.rng, len(teller.world.survey_answers) + 1
    question, answer = rng.choice(words.SURVEY_QUESTIONS), rng.choice(words.SURVEY_ANSWERS)
    at = teller.moment(teller.since(life.joined_days_ago))
    teller.world.survey_answers.append(rows.SurveyAnswer(number, life.email, question, answer, at))


def _tell_application(teller: Teller, life: Life) -> None:
    rng = teller.rng
    teller.world.applications.append(
        rows.JobApplication(
            id=len(teller.world.applications) + 1,
            email=life.email,
            name=life.name,
            phone=life.phone,
            position=rng.choice(words.JOBS),
            letter=f"I have worked with gold since school.\nYours,\n{life.first}",
            referee=draw_friend(rng, rng.randrange(10**6)).name,
            applied_at=teller.moment(teller.since(min(life.joined_days_ago, 900))),
        )
    )


def tell_contacts(teller: Teller, life: Life, owner: rows.Owner, home: rows.Address) -> None:
    """Contests, calls, catalogue, text messages, newsletter."""
    for _ in range(life.contests):
        _tell_contest_entry(teller, life, owner, home)
    if life.phone:
        for call in range(life.calls + life.strange_calls):
            _tell_call(teller, life.phone, owner if call < life.calls else rows.NOBODY, life.joined_days_ago)
        if life.sms_messages is not None:
            _tell_text_messages(teller, life.phone, owner, life.joined_days_ago, life.sms_messages)
    if life.on_catalogue:
        _tell_catalogue(teller, life, home)
    if life.newsletter:
        _tell_newsletter(teller, life, life.newsletter, owner)


def _tell_contest_entry(teller: Teller, life: Life, owner: rows.Owner, home: rows.Address) -> None:
    rng = teller.rng
    contest, sponsor = rng.choice(words.CONTESTS)
    teller.world.contest_entries.append(
        rows.ContestEntry(
            id=len(teller.world.contest_entries) + 1,
            owner=owner,
            email=life.email,
            name=life.name,
            phone=life.phone,
            postcode=home.postcode,
            contest=contest,
            sponsor=sponsor,
            answer=rng.choice(words.SURVEY_ANSWERS),
            entered_at=teller.moment(teller.since(life.joined_days_ago)),
        )
    )


def _tell_call(teller: Teller, phone: str, owner: rows.Owner, joined: int) -> None:
    rng, number = teller.rng, len(teller.world.calls) + 1
    at, seconds, staff = teller.moment(teller.since(joined)), rng.randint(8, 1900), rng.choice(words.STAFF)
    teller.world.calls.append(rows.Call(number, owner, phone, at, seconds, staff, rng.choice(words.SUMMARIES)))


def _tell_catalogue(teller: Teller, life: Life, home: rows.Address) -> None:
    since = teller.day(teller.since(life.joined_days_ago))
    number, until = len(teller.world.catalogue) + 1, teller.day(1) if teller.rng.random() < 0.1 else None
    teller.world.catalogue.append(rows.CatalogueSubscription(number, life.email, home, life.name, since, until))


def _tell_text_messages(teller: Teller, phone: str, owner: rows.Owner, joined: int, messages: int) -> None:
    rng, number, days = teller.rng, len(teller.world.sms_subscribers) + 1, teller.since(min(joined, 1200))
    wording = "Yes, text me offers. Msg & data rates may apply. Reply STOP to end."
    state = "stopped" if rng.random() < 0.15 else "active"
    subscriber = rows.SmsSubscriber(number, owner, phone, teller.moment(days), wording, state)
    teller.world.sms_subscribers.append(subscriber)
    for _ in range(messages):
        sent, trigger = teller.moment(teller.since(days)), rng.choice(words.TRIGGERS)
        read = sent + timedelta(minutes=rng.randint(1, 300)) if rng.random() < 0.7 else None
        body, place = f"{teller.prefix}: {trigger}. Reply STOP to end.", len(teller.world.sms_messages) + 1
        teller.world.sms_messages.append(rows.SmsMessage(place, subscriber, sent, trigger, body, read))


def _tell_newsletter(teller: Teller, life: Life, email: str, owner: rows.Owner) -> None:
    rng = teller.rng
    teller.world.subscribers.append(
        rows.Subscriber(
            email=email,
            name=life.name,
            customer_number=owner.number if life.newsletter_knows_number else None,
            state="unsubscribed" if rng.random() < 0.12 else "subscribed",
            subscribed_at=teller.moment(teller.since(life.joined_days_ago)),
            wording=rng.choice(("Yes, send me news.", "Keep me posted about offers (checkout box).")),
            issues=life.newsletter_issues,
            clicks=min(life.newsletter_clicks, life.newsletter_issues),
        )
    )
