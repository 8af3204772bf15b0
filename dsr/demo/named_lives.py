"""What the named people did, shop by shop; who they are and what their copies must hold stands in ``people.py``.

They are told before anybody else, so that their rows are the same however many people a shop gets. Phone numbers end in
0101 to 0109, which nobody else's do.
"""

from __future__ import annotations

from collections.abc import Mapping

from dsr.demo.lives import Friend, Home, Life, Purchase

BOSTON = Home("12 Lantern Lane", "Apt 3", "Boston", "MA", "02109", "US")
BROOKLYN = Home("77 Clementine Court", None, "Brooklyn", "NY", "11215", "US")
DULUTH = Home("4 Harbor View Drive", None, "Duluth", "MN", "55802", "US")
PASADENA = Home("1500 Juniper Avenue", None, "Pasadena", "CA", "91101", "US")
MEI = Friend("Mei Tanaka", "mei.tanaka@example.org", "(718) 555-0103", BROOKLYN)
JONAS = Friend("Jonas Weber", "jonas.weber@example.net")

LIVES: Mapping[str, tuple[Life, ...]] = {
    "timelux-boutique": (
        Life(
            "Ada",
            "Lindqvist-Okoro",
            "ada.lindqvist@example.com",
            "(617) 555-0101",
            BOSTON,
            joined_days_ago=1500,
            purchases=(
                Purchase(1460, lines=2, engraving="A & O, always"),
                Purchase(700, gift_to=MEI, is_returned=True),
                Purchase(200),
                Purchase(5, email="Ada.Lindqvist@EXAMPLE.com", as_guest=True),
            ),
            repairs=1,
            appraisals=1,
            cards=1,
            wishes=2,
            reviews=1,
            has_profile=True,
            calls=1,
            strange_calls=1,
            on_catalogue=True,
            notes=1,
            newsletter="ada.lindqvist@example.com",
            newsletter_issues=4,
            newsletter_clicks=1,
        ),
    ),
    "miniluxe": (
        Life(
            "نور",
            "الهاشمي",
            "Nour.AlHashimi@example.net",
            "+1 617 555 0104",
            BOSTON,
            former_email="nour@old.example",
            language="ar",
            joined_days_ago=900,
            purchases=(Purchase(800, lines=2, engraving="حبيبتي نور"), Purchase(30, engraving="=نور+1")),
            wishes=1,
            has_profile=True,
            events=12,
            sms_messages=6,
            newsletter="nour.alhashimi@example.net",
            newsletter_issues=2,
        ),
        Life(
            "Tomás",
            "Rivera-Quiñones",
            "tomas.rivera@example.com",
            "(617) 555-0105",
            BOSTON,
            joined_days_ago=2000,
            purchases=(Purchase(365),),
            newsletter="trivera@old.example",
            newsletter_knows_number=True,
            newsletter_issues=3,
            newsletter_clicks=1,
        ),
        # Ada of TimeLux reads MiniLuxe's newsletter too; that is no business of TimeLux.
        Life(
            "Ada",
            "Lindqvist-Okoro",
            "ada.lindqvist@example.com",
            None,
            BOSTON,
            has_account=False,
            newsletter="ada.lindqvist@example.com",
            newsletter_issues=6,
            newsletter_clicks=2,
        ),
    ),
    "security-jewelers": (
        Life(
            "Rosa",
            "Brandt",
            "rosa.brandt@example.org",
            "218-555-0106",
            DULUTH,
            household="brandt",
            joined_days_ago=3000,
            purchases=(Purchase(2900), Purchase(400, lines=2, engraving="R + E 2025")),
            appraisals=1,
            wishes=1,
            newsletter="rosa.brandt@example.org",
            newsletter_issues=1,
        ),
        Life(
            "Emil",
            "Brandt",
            "emil.brandt@example.org",
            "218-555-0107",
            DULUTH,
            household="brandt",
            joined_days_ago=3000,
            purchases=(Purchase(1200), Purchase(600), Purchase(20, lines=3)),
            repairs=2,
            notes=1,
        ),
    ),
    "cali-jewelz": (
        Life(
            "Priya",
            "Raghunathan",
            "priya.raghunathan@example.com",
            "+12135550108",
            PASADENA,
            former_email="priya@old.example",
            joined_days_ago=3600,
            purchases=tuple(Purchase(3600 - 90 * number, lines=10) for number in range(40)),
            friends=(Friend("Lakshmi Iyer", "lakshmi.iyer@example.net"),),
            repairs=2,
            appraisals=1,
            cards=2,
            wishes=5,
            reviews=3,
            contests=2,
            bought_facts=3,
            has_profile=True,
            events=5000,
            sms_messages=10,
            calls=2,
            on_catalogue=True,
            notes=2,
            newsletter="priya.raghunathan@example.com",
            newsletter_knows_number=True,
            newsletter_issues=6,
            newsletter_clicks=2,
        ),
    ),
    "world-jewels": (
        Life(
            "Walter",
            "Finch",
            "walter.finch@example.com",
            "(213) 555-0109",
            PASADENA,
            joined_days_ago=4380,
            purchases=(Purchase(4380, engraving="W. F. 40 years", paid_by="card"),),
            friends=(JONAS,),
            calls=1,
        ),
        Life("Greta", "Holm", "greta.holm@example.org", None, DULUTH, joined_days_ago=90, friends=(JONAS,)),
        Life(
            "Siobhán",
            "O'Connor",
            "siobhan.oconnor@example.net",
            None,
            DULUTH,
            has_account=False,
            testimonials=1,
        ),
    ),
}
