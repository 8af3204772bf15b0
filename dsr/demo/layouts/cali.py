"""Cali Jewelz: names in capitals that must be quoted; site events and calls carry Los Angeles time without a zone."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dsr.demo.layouts.table import table

LOS_ANGELES = ZoneInfo("America/Los_Angeles")

PURCHASES = (
    table("Products", lambda world: world.products, "ProductId=id Sku=sku Title=name Price=price"),
    table(
        "Orders",
        lambda world: world.orders,
        "OrderId=id OrderNumber=number CustomerId=owner.id Email=email ShipName=name ShipStreet=address.street"
        " ShipCity=address.city ShipZip=address.postcode ShipCountry=address.country Phone=phone PlacedAt=placed_at"
        " Status=state Total=total Tax=tax IpAddress=ip Note=customer_note IsActive='true",
    ),
    table(
        "OrderLines",
        lambda world: world.lines,
        "OrderId=order.id LineNumber=position ProductId=product.id Quantity=quantity UnitPrice=price RingSize=ring_size"
        " Engraving=engraving IsActive='true",
    ),
    table(
        "Payments",
        lambda world: world.payments,
        "PaymentId=id OrderId=order.id Method=method Reference=reference LastFour=last_four Amount=amount"
        " PaidAt=paid_at IsActive='true",
    ),
    table(
        "Returns",
        lambda world: world.returns,
        "ReturnId=id OrderId=order.id AskedAt=asked_at Reason=reason Status=state Refund=refund ClosedAt=closed_at"
        " IsActive='true",
    ),
    table(
        "GiftRecipients",
        lambda world: world.gifts,
        "GiftId=id OrderId=order.id Name=name Email=email Phone=phone Street=address.street City=address.city"
        " Zip=address.postcode Country=address.country Message=message TakesOffers=takes_offers",
    ),
)
BELONGINGS = (
    table(
        "Customers",
        lambda world: world.accounts,
        "CustomerId=id CustomerNumber=number Email=email FormerEmail=former_email FirstName=first LastName=last"
        " Phone=phone"
        " Gender=gender Occupation=occupation PasswordHash=password_hash WantsEmails=wants_email"
        " WantsMailings=wants_post"
        " WantsCalls=wants_calls RegisteredAt=created_at LastSeenAt=seen_at",
    ),
    table(
        "Addresses",
        lambda world: world.accounts,
        "AddressId=id CustomerId=id Street=address.street Unit=address.unit City=address.city State=address.region"
        " Zip=address.postcode Country=address.country",
    ),
    table(
        "Repairs",
        lambda world: world.repairs,
        "RepairId=id CustomerId=owner.id Item=item Problem=problem ReceivedOn=received_on ReturnedOn=returned_on"
        " Price=price"
        " Goldsmith=goldsmith",
    ),
    table(
        "Appraisals",
        lambda world: world.appraisals,
        "AppraisalId=id CustomerId=owner.id Item=item Value=value AppraisedOn=appraised_on Appraiser=appraiser",
    ),
    table(
        "SavedCards",
        lambda world: world.cards,
        "CardId=id CustomerId=owner.id Token=token Brand=brand LastFour=last_four Holder=holder Expires=expires"
        " AllowedAt=allowed_at",
    ),
    table(
        "WishLists",
        lambda world: world.wishes,
        "WishId=id CustomerId=owner.id ProductId=product.id AddedAt=added_at IsPublic=is_public Note=note",
    ),
)
WORDS = (
    table(
        "Reviews",
        lambda world: world.reviews,
        "ReviewId=id CustomerId=owner.id Email=email ShownName=shown_name ProductId=product.id Stars=stars Title=title"
        " Body=body PostedAt=posted_at",
    ),
    table(
        "Referrals",
        lambda world: world.referrals,
        "ReferralId=id CustomerId=owner.id FriendName=friend_name FriendEmail=friend_email Message=message"
        " SentAt=sent_at",
    ),
    table(
        "ContestEntries",
        lambda world: world.contest_entries,
        "EntryId=id Email=email Name=name Phone=phone Zip=postcode Contest=contest Sponsor=sponsor Answer=answer"
        " EnteredAt=entered_at",
    ),
)
MARKETING = (
    table(
        "MarketingData",
        lambda world: world.bought_facts,
        "DataId=id CustomerId=owner.id Vendor=vendor Segment=segment IncomeBand=income_band Likes=detail"
        " ObtainedOn=obtained_on",
    ),
    table(
        "Profiles",
        lambda world: world.profiles,
        "CustomerId=owner.id Segment=segment Score=score Traits=traits ComputedAt=computed_at",
    ),
    table(
        "SiteEvents",
        lambda world: world.events,
        "EventId=id CustomerId=owner.id At=happened_at Kind=kind Url=url Referrer=referrer IpAddress=ip Browser=agent",
        LOS_ANGELES,
    ),
    table(
        "SmsSubscribers",
        lambda world: world.sms_subscribers,
        "SubscriberId=id CustomerId=owner.id Phone=phone OptedInAt=opted_in_at Wording=wording Status=state",
    ),
    table(
        "SmsMessages",
        lambda world: world.sms_messages,
        "MessageId=id SubscriberId=subscriber.id SentAt=sent_at SetOffBy=trigger Body=body ReadAt=read_at",
    ),
    table(
        "CallLog",
        lambda world: world.calls,
        "CallId=id CustomerId=owner.id CallerNumber=phone At=happened_at Seconds=seconds TakenBy=staff Summary=summary",
        LOS_ANGELES,
    ),
    table(
        "CatalogMailings",
        lambda world: world.catalogue,
        "MailingId=id Email=email Name=name Street=address.street City=address.city Zip=address.postcode"
        " Country=address.country Since=since Until=until",
    ),
    table(
        "StaffNotes",
        lambda world: world.staff_notes,
        "NoteId=id CustomerId=owner.id Author=author WrittenAt=happened_at Body=text",
    ),
)
TABLES = PURCHASES + BELONGINGS + WORDS + MARKETING
