"""A django-oscar shop with django-newsletter as its own project would have them. Knows nothing of the app under test."""

import os
from urllib.parse import unquote, urlsplit

from oscar.defaults import *  # noqa: F403

_address = urlsplit(os.environ["OSCAR_SHOP_URL"])

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _address.path,
        "OPTIONS": {"init_command": "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY"},
    }
    if _address.scheme == "sqlite"
    else {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _address.path.lstrip("/"),
        "USER": unquote(_address.username or ""),
        "PASSWORD": unquote(_address.password or ""),
        "HOST": _address.hostname,
        "PORT": _address.port,
    }
}
SECRET_KEY = "a test shop keeps no secrets"
USE_TZ = True
TIME_ZONE = "Europe/Paris"
SITE_ID = 1
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
NEWSLETTER_THUMBNAIL = "sorl-thumbnail"
NEWSLETTER_USE_HTTPS = True
OSCAR_ALLOW_ANON_CHECKOUT = True
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

OSCAR_APPS = (
    "analytics.apps.AnalyticsConfig checkout.apps.CheckoutConfig address.apps.AddressConfig shipping.apps.ShippingConfig "
    "catalogue.apps.CatalogueConfig catalogue.reviews.apps.CatalogueReviewsConfig "
    "communication.apps.CommunicationConfig partner.apps.PartnerConfig basket.apps.BasketConfig "
    "payment.apps.PaymentConfig offer.apps.OfferConfig order.apps.OrderConfig customer.apps.CustomerConfig "
    "search.apps.SearchConfig voucher.apps.VoucherConfig wishlists.apps.WishlistsConfig "
    "dashboard.apps.DashboardConfig dashboard.reports.apps.ReportsDashboardConfig "
    "dashboard.users.apps.UsersDashboardConfig dashboard.orders.apps.OrdersDashboardConfig "
    "dashboard.catalogue.apps.CatalogueDashboardConfig dashboard.offers.apps.OffersDashboardConfig "
    "dashboard.partners.apps.PartnersDashboardConfig dashboard.pages.apps.PagesDashboardConfig "
    "dashboard.ranges.apps.RangesDashboardConfig dashboard.reviews.apps.ReviewsDashboardConfig "
    "dashboard.vouchers.apps.VouchersDashboardConfig dashboard.communications.apps.CommunicationsDashboardConfig "
    "dashboard.shipping.apps.ShippingDashboardConfig"
)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.flatpages",
    "oscar.config.Shop",
    *(f"oscar.apps.{name}" for name in OSCAR_APPS.split()),
    "widget_tweaks",
    "haystack",
    "treebeard",
    "sorl.thumbnail",
    "django_tables2",
    "newsletter",
]
