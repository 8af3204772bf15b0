"""All addresses: staff and health first, because a shop's name is the first part of a portal address."""

from django.urls import include, path

urlpatterns = [
    path("", include("dsr.web.restored")),
    path("staff/account/", include("allauth.account.urls")),
    path("staff/", include("dsr.staff.urls")),
    path("", include("dsr.portal.urls")),
]
