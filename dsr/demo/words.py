"""Invented names, places and sentences for the demo shops. Nobody is real; no number or mailbox could be anybody's.

Phone numbers come from ranges that are kept free for fiction (555-01xx in North America, Ofcom's 07700 900xxx, the
Bundesnetzagentur's 030 23125 xxx, ARCEP's 01 99 00 xx xx); mail domains from RFC 2606 and RFC 6761.
"""

from __future__ import annotations

from typing import NamedTuple


class Culture(NamedTuple):
    """First and last names as ``(as written, as in a mail address)``; ``weight`` says how many have them."""

    weight: int
    first: tuple[tuple[str, str], ...]
    last: tuple[tuple[str, str], ...]


def _plain(names: str) -> tuple[tuple[str, str], ...]:
    """Names whose mail form is the name itself in small letters."""
    return tuple((name, name.lower()) for name in names.split())


def _pairs(names: str) -> tuple[tuple[str, str], ...]:
    """``written=mail`` pairs, parted by commas."""
    return tuple((written.strip(), mail.strip()) for written, mail in (pair.split("=") for pair in names.split(",")))


CULTURES = (
    Culture(
        44,
        _plain(
            "Avery Blake Carmen Dana Elliot Faye Grant Hazel Ivy Jasper Keira Logan Mabel Nolan Opal Preston Quinn Ruby"
        )
        + _plain("Silas Tessa Una Vernon Willa Xenia Yardley Zane Marcus Denise Tyrone Latoya Wesley Imani"),
        _plain("Ashdown Birchall Copperfield Dunmore Eastlake Farrow Goldsby Hartwell Ingleby Jessop Kettering Larkin")
        + _plain("Marlowe Northcott Oakes Pemberly Quarles Ravenel Stanmore Thackeray Underhill Vance Whitlock Yates"),
    ),
    Culture(
        6,
        _pairs("Siobhán=siobhan,Ciarán=ciaran,Aoife=aoife,Róisín=roisin,Declan=declan"),
        _pairs("O'Dálaigh=odalaigh,O'Mara=omara,D'Arcy=darcy,Mac Gabhann=macgabhann,O’Shea=oshea"),
    ),
    Culture(
        14,
        _pairs("María José=mariajose,Íñigo=inigo,Ximena=ximena,Raúl=raul,Belén=belen,Joaquín=joaquin,Lucía=lucia"),
        _pairs(
            "Peñalosa=penalosa,García-Núñez=garcianunez,de la Cruz=delacruz,Ibáñez=ibanez,Quiñones=quinones,Solís=solis"
        ),
    ),
    Culture(
        4,
        _pairs("Jürgen=juergen,Käthe=kaethe,Björn=bjoern,Anneliese=anneliese,Sören=soeren"),
        _pairs("Groß=gross,Müllenbach=muellenbach,von Thalheim=vonthalheim,Jäger=jaeger,Süßkind=suesskind"),
    ),
    Culture(
        4,
        _pairs("Élodie=elodie,Jean-Noël=jeannoel,Chloé=chloe,Gaël=gael,Anaïs=anais"),
        _pairs("Lefèvre=lefevre,d'Aubigny=daubigny,Beaulieu=beaulieu,Çelik-Roux=celikroux,Bœuf=boeuf"),
    ),
    Culture(
        4,
        _pairs("Łucja=lucja,Zbigniew=zbigniew,Małgorzata=malgorzata,Şule=sule,Ömer=omer"),
        _pairs("Wójcik=wojcik,Śliwa=sliwa,Żółty=zolty,Yıldırım=yildirim,Öztürk=ozturk"),
    ),
    Culture(
        4,
        _pairs("Nguyệt=nguyet,Quỳnh=quynh,Thảo=thao,Minh Đức=minhduc"),
        _pairs("Nguyễn=nguyen,Trần=tran,Phạm=pham,Đặng=dang"),
    ),
    Culture(
        3,
        _pairs("Андрій=andrii,Олена=olena,Светлана=svetlana,Борис=boris"),
        _pairs("Коваленко=kovalenko,Шевчук=shevchuk,Голубев=golubev,Зорина=zorina"),
    ),
    Culture(
        2,
        _pairs("Ελένη=eleni,Νίκος=nikos,Σοφία=sofia"),
        _pairs("Παπαδάκη=papadaki,Βασιλείου=vasileiou,Θεοδώρου=theodorou"),
    ),
    Culture(
        3,
        _pairs("ليلى=layla,يوسف=yusuf,فاطمة=fatima,سامر=samer"),
        _pairs("الحداد=haddad,المصري=masri,النجار=najjar,خليل=khalil"),
    ),
    Culture(2, _pairs("נועה=noa,איתן=eitan,תמר=tamar"), _pairs("לביא=lavie,ברקוביץ=berkowitz,שקד=shaked")),
    Culture(
        3,
        _pairs("अनन्या=ananya,रोहन=rohan,Lakshmi=lakshmi,Arjun=arjun"),
        _pairs("शर्मा=sharma,वर्मा=verma,Venkataraghavan=venkataraghavan,Iyer=iyer"),
    ),
    Culture(3, _pairs("美玲=meiling,建国=jianguo,雅婷=yating"), _pairs("陳=chen,王=wang,歐陽=ouyang")),
    Culture(2, _pairs("さくら=sakura,健太=kenta,ひなた=hinata"), _pairs("佐々木=sasaki,渡邊=watanabe,髙橋=takahashi")),
    Culture(2, _pairs("서연=seoyeon,민준=minjun"), _pairs("김=kim,박=park,남궁=namgung")),
    Culture(1, _pairs("สมชาย=somchai,มาลี=malee"), _pairs("ทองดี=thongdee,ศรีสุข=srisuk")),
    Culture(1, _pairs("አበበ=abebe,ሰላም=selam"), _pairs("ተስፋዬ=tesfaye,በቀለ=bekele")),
    # What people and robots really type into name fields: markup, formulas, SQL, emoji. It must stay text everywhere.
    Culture(
        1,
        (
            ("<b>Betty</b>", "betty"),
            ("💍 Gem", "gem"),
            ("+1 Max", "max"),
            ("NULL", "nullperson"),
            ("\\N", "backslash"),
            ("@Sumi", "sumi"),
        ),
        (
            ("=1+1", "oneplus"),
            ("<script>alert(1)</script>", "script"),
            ("Robert'); DROP TABLE orders;--", "tables"),
            ('=HYPERLINK("http://example.com","x")', "hyper"),
            ("Null", "null"),
            ("O&#39;Neil", "oneil"),
        ),
    ),
)

MAIL_DOMAINS = (
    "example.com",
    "example.com",
    "example.com",
    "example.org",
    "example.net",
    "mail.example",
    "post.example",
)

US_PLACES = (
    ("Boston", "MA", "02109", "617"), ("Somerville", "MA", "02143", "617"), ("New York", "NY", "10036", "212"),
    ("Brooklyn", "NY", "11215", "718"), ("Los Angeles", "CA", "90013", "213"), ("Pasadena", "CA", "91101", "626"),
    ("San Diego", "CA", "92104", "619"), ("Sacramento", "CA", "95814", "916"), ("Houston", "TX", "77002", "713"),
    ("Austin", "TX", "78704", "512"), ("Dallas", "TX", "75201", "214"), ("Chicago", "IL", "60614", "312"),
    ("Duluth", "MN", "55802", "218"), ("Portland", "OR", "97205", "503"), ("Seattle", "WA", "98101", "206"),
    ("Denver", "CO", "80205", "303"), ("Phoenix", "AZ", "85004", "602"), ("Miami", "FL", "33130", "305"),
    ("Atlanta", "GA", "30308", "404"), ("Nashville", "TN", "37203", "615"), ("Detroit", "MI", "48201", "313"),
    ("Cleveland", "OH", "44113", "216"), ("Baltimore", "MD", "21201", "410"), ("Richmond", "VA", "23220", "804"),
    ("Honolulu", "HI", "96813", "808"), ("Anchorage", "AK", "99501", "907"), ("Santa Fe", "NM", "87501", "505"),
    ("Omaha", "NE", "68102", "402"), ("Tulsa", "OK", "74103", "918"), ("Newark", "NJ", "07102", "973"),
)  # fmt: skip
"""City, state, ZIP code, area code."""

EU_PLACES = (
    ("London", "", "SW1A 9ZZ", "GB"), ("Leeds", "", "LS1 9ZZ", "GB"), ("Berlin", "BE", "10117", "DE"),
    ("Köln", "NW", "50667", "DE"), ("Lyon", "", "69002", "FR"), ("Saint-Étienne", "", "42000", "FR"),
)  # fmt: skip

STREETS = (
    "Sapphire Street", "Old Mill Road", "Lantern Lane", "Juniper Avenue", "Harbor View Drive", "Quarry Road",
    "Clementine Court", "Foxglove Way", "Ninth Street", "Cedar Terrace", "Opal Crescent", "Ferry Landing",
)  # fmt: skip
EU_STREETS = {
    "GB": ("Lamplighter Mews", "St Swithun's Row", "Tollgate Close"),
    "DE": ("Lindenstraße", "Am Mühlbach", "Goldschmiedgasse"),
    "FR": ("rue de l'Orfèvre", "allée des Érables", "quai de la Perle"),
}

METALS = ("18k yellow gold", "14k rose gold", "platinum", "sterling silver", "titanium", "14k white gold")
PIECES = (
    ("Solitaire ring", "1890.00"), ("Halo engagement ring", "3250.00"), ("Eternity band", "1420.00"),
    ("Signet ring", "460.00"), ("Tennis bracelet", "5100.00"), ("Charm bracelet", "185.00"), ("Stud earrings",
    "349.95"),
    ("Drop earrings", "275.50"), ("Locket", "129.00"), ("Pearl strand", "880.00"), ("Dress watch", "2395.00"),
    ("Watch strap", "59.90"), ("Cufflinks", "210.00"), ("Ankle chain", "74.25"), ("Birthstone pendant", "165.00"),
)  # fmt: skip

ENGRAVINGS = (
    "Always, J.", "14·02·2019", "A & E forever", "מזל", "حبيبتي", "永遠", "To the moon", "=SUM(us)", "Für immer", "∞",
    '<i>mine</i>', "Grandma Opal 1931–2020",
)  # fmt: skip
GIFT_MESSAGES = (
    "Happy birthday! Don't wear it in the pool.", "Congratulations to you both.",
    "For everything.\nLove from all of us",
    "Merry Christmas, see you at the lake.", "=CONGRATS()", "Alles Gute & liebe Grüße", "You said yes!",
)  # fmt: skip
CUSTOMER_NOTES = (
    "Please leave with the doorman.", "Surprise! Do not phone the house.", "Need it before Friday <b>please</b>",
    "Resize to 6½", "Ring the neighbour, Mr. Oakes, if nobody answers.", "-2 boxes, one card",
)  # fmt: skip
STAFF_NOTES = (
    "Called about the delay, was friendly.", "Prefers text messages.", "Asked twice for a discount; gave 5 %.",
    "Wife must not know about the bracelet.", "VIP? Spends more before holidays.", "Left-handed clasp, see ticket.",
    "=cmd|' /C calc'!A0", "Spoke with the husband, he will collect.",
)  # fmt: skip
RETURN_REASONS = ("Too small", "Not as pictured", "Gift was a duplicate", "Clasp broke", "Changed my mind", "Too late")
REPAIR_PROBLEMS = ("Clasp loose", "Stone lost", "Resize", "Strap worn", "Engraving worn off", "Chain knotted & broken")
SUMMARIES = (
    "Asked where the parcel is",
    "Wanted a quote",
    "Complained about a scratch",
    "Changed the address",
    "No message",
)
REVIEWS = (
    ("Lovely", "Better than the picture, and it came early."), ("Hm", "The clasp is <em>not</em> what I expected."),
    ("Five stars", "Wore it every day for a year. Не снимаю!"), ("Return",
    "Too big for me. Service was kind about it."),
    ("10/10", "Mi hermana lloró de alegría."), ("ok", "fine"),
)  # fmt: skip
TESTIMONIALS = (
    "They rebuilt my grandmother's ring from a photograph.", "Honest about the stone, honest about the price.",
    "I called on a Sunday and somebody answered.", "We got engaged with it on a mountain. It survived.",
)  # fmt: skip
CONTESTS = (
    ("Win a pearl strand", "Harbor Pearls"),
    ("Summer of Sapphires", "Lantern Travel"),
    ("Love story contest", ""),
)
TRIGGERS = ("cart left behind", "welcome", "sale", "back in stock")
VENDORS = ("Segment Foundry", "Householdia Data", "Brightledger")
AFFILIATES = ("Gemstone Outlet", "WatchHarbor", "Bridal Corner")
SEGMENTS = ("gift giver", "collector", "bargain seeker", "newly engaged", "anniversary buyer", "window shopper")
INCOME_BANDS = ("under 50k", "50k to 100k", "100k to 200k", "over 200k", "unknown")
OCCUPATIONS = ("teacher", "nurse", "welder", "lawyer", "violinist", "retired", "engineer", "student", "baker")
GENDERS = ("female", "male", "non-binary", "not stated")
STAFF = ("Gloria P.", "Henk V.", "Miriam T.", "Old Sam", "Counter 2")
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0",
)
PAGES = ("/", "/rings", "/watches", "/product/", "/product/", "/product/", "/search?q=", "/cart", "/checkout", "/gifts")
SEARCHES = ("opal", "engagement+ring", "size+6", "watch+strap", "gold%20chain", "%E6%8C%87%E8%BC%AA")
JOBS = ("Bench jeweler", "Counter sales", "Photographer")
SURVEY_QUESTIONS = ("How did you find us?", "What should we stock?", "How was the packaging?")
SURVEY_ANSWERS = ("A friend", "More opals", "Too much paper", "Search engine", "Smaller sizes, please")
