"""Giving a role on the command line."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from dsr.models import Membership, Shop
from dsr.web import access
from tests.management.test_commands import run


def test_role_when_given_to_somebody_new_then_they_get_an_account_and_its_password_once(shop: Shop) -> None:
    first = run("give_role", "boris", "accounts", "--shop", "small-shop")
    again = run("give_role", "boris", "reviewer", "--shop", "small-shop")

    boris = User.objects.get(username="boris")
    assert boris.check_password(first["password"])
    assert (first["role"], again) == ("accounts", {"username": "boris", "role": "reviewer", "shop": "small-shop"})
    assert [(each.shop, each.role) for each in boris.memberships.all()] == [(shop, Membership.Role.REVIEWER)]


def test_role_when_no_shop_is_named_then_it_holds_in_all(shop: Shop, other_shop: Shop) -> None:
    run("give_role", "lena", "accounts")

    lena = User.objects.get(username="lena")
    assert set(access.shops_for(lena, Membership.Role.ACCOUNTS)) == {shop, other_shop}
    assert not access.shops_for(lena, Membership.Role.OWNER).exists()


def test_role_when_the_shop_or_the_role_is_none_then_nobody_is_made(shop: Shop) -> None:
    with pytest.raises(CommandError, match="no shop 'nowhere'"):
        run("give_role", "boris", "accounts", "--shop", "nowhere")
    with pytest.raises(CommandError, match="invalid choice"):
        run("give_role", "boris", "king")

    assert not User.objects.exists()
