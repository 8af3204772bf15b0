"""World Jewels: short names of an old system, texts as keys, Los Angeles time without a zone, card numbers in clear.

The card number is one of the payment networks' published test numbers. It stands here so that tests can prove that it
is in the shop and in no copy.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dsr.demo.layouts.table import table

LOS_ANGELES = ZoneInfo("America/Los_Angeles")

TABLES = (
    table("wj_prod", lambda world: world.products, "prod_code=sku descr=name list_price=price"),
    table(
        "wj_addr",
        lambda world: world.addresses,
        "addr_id=id addr1=street addr2=unit city st=region zip=postcode ctry=country",
    ),
    table(
        "wj_cust",
        lambda world: world.accounts,
        "cust_no=number email old_email=former_email fname=first lname=last tel=phone passwd=password_hash"
        " ssn=tax_number"
        " addr_id=address.id promo_mail=wants_post promo_email=wants_email promo_tel=wants_calls crt_dt=created_at"
        " last_dt=seen_at bounce_dt=bounced_at memo=remark",
        LOS_ANGELES,
    ),
    table(
        "wj_ord",
        lambda world: world.orders,
        "ord_no=number cust_no=owner.number email ship_name=name ship_addr=address.id tel=phone ord_dt=placed_at"
        " stat=state"
        " amt=total instr=customer_note",
        LOS_ANGELES,
    ),
    table(
        "wj_ordline",
        lambda world: world.lines,
        "ord_no=order.number ln=position prod_code=product.sku qty=quantity price rsize=ring_size engr=engraving",
    ),
    table(
        "wj_pay",
        lambda world: world.payments,
        "pay_id=id ord_no=order.number gateway='Authorize.net auth_code=reference card_no=test_card last4=last_four"
        " amt=amount pay_dt=paid_at",
        LOS_ANGELES,
    ),
    table(
        "wj_rma",
        lambda world: world.returns,
        "rma_no=id ord_no=order.number ln=position why=reason stat=state open_dt=asked_at close_dt=closed_at",
        LOS_ANGELES,
    ),
    table(
        "wj_repair",
        lambda world: world.repairs,
        "rep_no=id cust_no=owner.number item fault=problem in_dt=received_on out_dt=returned_on fee=price",
    ),
    table(
        "wj_testim",
        lambda world: world.testimonials,
        "tst_id=id email author=shown_name txt=body wr_dt=written_at consent_dt=consent_at shown=is_published",
        LOS_ANGELES,
    ),
    table(
        "wj_friend",
        lambda world: world.referrals,
        "fr_id=id cust_no=owner.number fr_name=friend_name fr_email=friend_email note=message sent_dt=sent_at"
        " came_dt=followed_at",
        LOS_ANGELES,
    ),
    table(
        "wj_call",
        lambda world: world.calls,
        "call_id=id cust_no=owner.number tel=phone call_dt=happened_at secs=seconds clerk=staff memo=summary",
        LOS_ANGELES,
    ),
    table(
        "wj_maillist",
        lambda world: world.catalogue,
        "ml_id=id email name addr=address.one_line zip=typed_postcode from_dt=since to_dt=until",
    ),
)
