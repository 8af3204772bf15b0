import pytest

from dsr.sources.mentions import Mention, MentionKind, mentions_in

EMAIL, PHONE, NAME = MentionKind.EMAIL, MentionKind.PHONE, MentionKind.NAME


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", set()),
        ("call back on monday", set()),
        ("Write to <Bela@Example.ORG>.", {Mention(EMAIL, "bela@example.org")}),
        ("her sister's number is (617) 555-0102", {Mention(PHONE, "+16175550102")}),
        ("order 1234567, size 52", set()),
        ("for Bela Bartok, with love", {Mention(NAME, "bela bartok")}),
        ("for Béla  Bartók", set()),
        ("ask Bela. Bartok is away", {Mention(NAME, "bela bartok")}),
        ("Engrave: B. Bartok", {Mention(NAME, "b bartok")}),
        ("Anne-Marie O’Neill", {Mention(NAME, "anne-marie o’neill")}),
        (
            "For Bela Viktor Bartok",
            {
                Mention(NAME, each)
                for each in ("for bela", "bela viktor", "viktor bartok", "for viktor", "bela bartok")
                + ("for bela viktor", "bela viktor bartok")
            },
        ),
    ],
)
def test_mentions_are_what_may_name_somebody(text: str, found: set[Mention]) -> None:
    assert set(mentions_in(text, "US")) == found
