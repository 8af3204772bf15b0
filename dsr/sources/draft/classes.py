"""Record classes: what kind of record a table's rows are, in the words that shops' policies speak of."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from dsr.sources.draft.listed import listed
from dsr.sources.draft.vocabulary import PEOPLE
from dsr.sources.draft.words import stem


@dataclass(frozen=True, slots=True)
class RecordClass:
    """A class; ``category`` is what a column of such a row is by default; ``words`` name it, the more telling first.

    ``facts`` are the dates a policy asks for, each with the words of the columns that hold it.
    """

    name: str
    category: str
    words: str
    subject: str = "customer"
    facts: tuple[tuple[str, str], ...] = (("collected_on", "created registered date added sent time timestamp on at"),)


BEGAN = "created create registered registration joined join signup since inserted added date"
PURCHASE = "user.behavior.purchase_history"

CLASSES = (
    RecordClass("order_line", PURCHASE, "orderline orderitem lineitem orderdetail bestellposition", facts=()),
    RecordClass("saved_card", "user.payment", "paymenttoken card bankcard creditcard vault wallet paymentmethod karte"),
    RecordClass("payment", "user.payment",
        "payment pay transaction refund charge payout zahlung zahlungen paiement paiements pago pagos settlement pagamento "
        "betaling deposit remittance donation spende",
        facts=(("paid_on", "paid captured settled charged booked created date payment at"),)),
    RecordClass("invoice", PURCHASE,
        "invoice receipt rechnung rechnungen facture factures factura facturas fattura fatture creditmemo creditnote "
        "credit_note factuur faktura billing",
        facts=(("issued_on", "issued invoiced invoice issued created date billed at"),)),
    RecordClass("return", PURCHASE, "return rma exchange retoure retouren retour devolucion reso claim warranty reklamation",
        facts=(("returned_on", "returned asked requested received created date"), ("closed_on", "closed completed finished"))),
    RecordClass("repair", PURCHASE, "repair reparatur reparaturen reparation reparacion maintenance workorder",
        facts=(("collected_on", "received accepted created date"), ("closed_on", "returned closed completed finished"))),
    RecordClass("appraisal", PURCHASE, "appraisal valuation gutachten",
        facts=(("appraised_on", "appraised valued created date"),)),
    RecordClass("address", "user.contact.address",
        "address adresse adressen direccion direcciones indirizzo indirizzi adres adressbuch addressbook anschrift endereco"),
    RecordClass("wish_list", "user.behavior",
        "wishlist wish favorite favourite registry merkzettel wunschliste bookmark favori saveditem watchlist wunschzettel"),
    RecordClass("basket", "user.behavior", "basket cart quote warenkorb panier carrito carrello winkelwagen checkout"),
    RecordClass("sms_subscription", "user.privacy_preferences", "sms textmessage", "subscriber",
        (("subscribed_on", "subscribed opted optin created since date"), ("collected_on", "sent"))),
    RecordClass("catalogue_subscription", "user.privacy_preferences", "catalogmailing cataloguemailing", "subscriber",
        (("subscribed_on", "since subscribed created date"), ("ended_on", "until ended unsubscribed"))),
    RecordClass("newsletter_subscription", "user.privacy_preferences",
        "newsletter subscriber subscription abonnement abonnent abonnenten abonne suscripcion suscriptor iscrizione "
        ""
        "waitlist waiting preregistration optin optout "
        "unsubscribe consent suppression ban banned mailing digest membership list_member einwilligung blacklist "
        "blocklist",
        "subscriber",
        (("subscribed_on", "subscribe subscribed optin opted confirmed created since date"),
         ("unsubscribed_on", "unsubscribe unsubscribed optout ended until"))),
    RecordClass("testimonial", "user.content.public", "testimonial praise", "testimonial_author"),
    RecordClass("review", "user.content.public",
        "review rating comment blogcomment vote bewertung bewertungen avis resena recensione recensioni "
        "kommentar kommentare commentaire comentario like reaction post topic reply forum question answer "
        "discussion opinion beitrag"),
    RecordClass("call_log", "user.contact", "call calllog anruf anrufe appel llamada"),
    RecordClass("message", "user.content.private",
        "message email mail notification conversation chat thread ticket inquiry enquiry support letter nachricht "
        "nachrichten mensaje outbox inbox helpdesk case contactform anfrage anfragen correspondence mailbox reminder "
        "complaint feedback messages sent_mail push alert"),
    RecordClass("staff_note", "user.content.private", "note remark memo notiz notizen bemerkung staffnote"),
    RecordClass("browsing_event", "user.behavior.browsing_history",
        "visit pageview view click session tracking analytics search hit activity visitor event usage access "
        "impression download browse navigation referer cookie device signin login_attempt login log usersearch",
        "visitor", (("collected_on", "at created date time timestamp logged viewed on seen started"),)),
    RecordClass("gift_recipient", "user.contact", "gift giftrecipient recipient geschenk cadeau regalo", "gift_recipient"),
    RecordClass("referral", "user.contact", "referral friend invite invitation refer empfehlung parrainage recommendation",
        "referred_friend"),
    RecordClass("contest_entry", "user.content.private",
        "contest prize draw competition sweepstake raffle giveaway gewinnspiel concours sorteo contestentry", "contest_entrant"),
    RecordClass("survey_answer", "user.content.private", "survey poll questionnaire umfrage encuesta sondage quiz nps",
        "survey_respondent"),
    RecordClass("job_application", "user.workplace",
        "application applicant candidate candidacy bewerbung bewerbungen candidature solicitud resume", "applicant",
        (("collected_on", "applied submitted received created date"),)),
    RecordClass("marketing_enrichment", "user.demographic.profile", "enrichment marketing demographic append"),
    RecordClass("profile", "user.demographic.profile", "profile segment inference score preference interest persona attribute"),
    RecordClass("order", PURCHASE,
        "giftcard order sale purchase bestellung bestellungen auftrag auftraege commande commandes pedido pedidos ordine ordini "
        "shipment delivery fulfillment lieferung livraison envio booking reservation appointment rental termin reserva "
        "loan vente venta bestelling ordre consignment parcel package shipping redemption contract vertrag policy trip "
        "ride stay enrollment enrolment registration visit_booking attendance subscription_order voucherapplication",
        facts=(("ordered_on", "placed ordered order purchase bought booked sold created date bestellt commande pedido at on"),
            ("delivered_on", "delivered"))),
    RecordClass("account", "user.account", "account login credential identity loyalty points reward member konto compte cuenta",
        facts=(("collected_on", BEGAN), ("last_active_on", "last"))),
)  # fmt: skip
BY_NAME = {each.name: each for each in CLASSES}
_BY_WORD = {stem(word): each for each in reversed(CLASSES) for word in each.words.split()}

PARTS = listed("line item detail position product article entry content row")
RECORDS = listed("history log change note comment status audit revision event update track step meta attribute metum")
GENERIC = PARTS | RECORDS | listed(
    "quantity price discount record application data info value tax option link user map mapping rel file image "
    "attachment document request group permission voucher address "
    "extra surcharge entity main master list type fee key"
)  # fmt: skip
"""Words that say what part of a record the rows are, and leave open what record."""

WAYS_TO_REACH = listed("email mail phone telephone mobile emailaddress")
"""A table of a person's earlier or further addresses is part of the account."""

WRITTEN_BY_STAFF = listed("note history change log status remark memo audit revision")
PUBLISHED = {"review", "testimonial", "survey_answer", "contest_entry"}
"""Classes whose records others answer to: a vote on a review is its voter's, not the reviewer's."""


TELLING = listed(
    "friend sms gift referral contest competition survey repair appraisal rma vault wishlist invoice testimonial "
    "wish referral sweepstake raffle giveaway umfrage gewinnspiel reparatur empfehlung catalogmailing giftcard"
)
"""Words that name the record wherever they stand: ``repair_ticket``, ``survey_answer``."""

WEAK = listed(
    "ticket email mail event entry log answer question topic post reply message view hit access device point reward case "
    "recipient application alert push request optin reminder attribute preference registration contract"
)
"""Words that name a record only when no other word does."""


def class_of_words(words: tuple[str, ...]) -> RecordClass | None:
    """The class that a table's words name, the last telling word first; people's words are accounts."""
    joined = [a + b for a, b in pairwise(words)]
    pairs = [_BY_WORD[pair] for pair in reversed(joined) if pair in _BY_WORD]
    told = [_BY_WORD[word] for word in reversed(words) if word in TELLING and word in _BY_WORD]
    if pairs or told:
        return (pairs or told)[0]
    if len(words) > 1 and words[-1] in PARTS and any(_is(word, "order") for word in words[:-1]):
        return BY_NAME["order_line"]
    for reject in (WEAK | (GENERIC - {"address"}), GENERIC - {"address"}, frozenset[str]()):
        found = [_named(word) for word in reversed(words) if word not in reject]
        kept = [each for each in found if each is not None]
        others = [each for each in kept if each.name != "account"]
        if kept and kept[0].name == "account" and any(word in words for word in ("email", "mail", "message", "log")):
            kept = others if "message" in words or "log" in words else kept
        if kept:
            return kept[0]
    return None


def _named(word: str) -> RecordClass | None:
    return _BY_WORD.get(word) or (BY_NAME["account"] if word in PEOPLE else None)


def _is(word: str, name: str) -> bool:
    return word in _BY_WORD and _BY_WORD[word].name == name


def class_beside(words: tuple[str, ...], parent: RecordClass | None) -> RecordClass:
    """The class of a table that hangs on a record of the class ``parent``."""
    own = class_of_words(words)
    last = words[-1] if words else ""
    if parent is None or parent.name in ("account", "address"):
        return BY_NAME["account"] if own is None or last in WAYS_TO_REACH else own
    if parent.name == "order" and last in PARTS and last != "entry":
        return BY_NAME["order_line"]
    if last in ("note", "remark", "memo", "comment") and parent.name not in PUBLISHED:
        return BY_NAME["staff_note"]
    if last in GENERIC and last != "address":
        telling = [word for word in words if word in _BY_WORD and word not in GENERIC]
        return _BY_WORD[telling[-1]] if telling and _BY_WORD[telling[-1]].name != "account" else parent
    return own if own and own.name != "account" else parent
