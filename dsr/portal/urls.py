"""The portal's addresses. They hold a shop's name, a reference or a token, never anything about a person."""

from django.urls import path

from dsr.lifecycle import RequestType
from dsr.portal import asking, following, outbox, partners, pointing, promised, proving, tasks

app_name = "portal"
urlpatterns = [
    path("", asking.shops, name="shops"),
    path("dev/outbox/", outbox.outbox, name="outbox"),
    path("dev/outbox/<int:pk>/", outbox.mail, name="outbox_mail"),
    path("dev/outbox/<int:pk>/html/", outbox.mail_html, name="outbox_mail_html"),
    path("task/<str:token>/", tasks.task, name="task"),
    path("task/<str:token>/check/", tasks.check, name="task_check"),
    path("partner/<str:token>/", partners.partner, name="partner"),
    path("<slug:slug>/", asking.start, name="start"),
    path("<slug:slug>/accent.css", asking.accent, name="accent"),
    path("<slug:slug>/promises/", promised.promised, name="promised"),
    path("<slug:slug>/promises/<int:number>/", promised.promised_then, name="promised_then"),
    path("<slug:slug>/see-my-data/", asking.find, name="find"),
    path("<slug:slug>/see-my-data/check/", asking.check_answers, name="check_answers"),
    path("<slug:slug>/delete-my-data/", asking.find, {"wish": RequestType.ERASURE}, name="find_to_delete"),
    path(
        "<slug:slug>/delete-my-data/check/", asking.check_answers, {"wish": RequestType.ERASURE}, name="check_to_delete"
    ),
    path("<slug:slug>/correct-my-data/", asking.wrong, name="wrong"),
    path("<slug:slug>/correct-my-data/find/", asking.find, {"wish": RequestType.CORRECTION}, name="find_to_correct"),
    path(
        "<slug:slug>/correct-my-data/check/",
        asking.check_answers,
        {"wish": RequestType.CORRECTION},
        name="check_to_correct",
    ),
    path("<slug:slug>/confirm/<str:token>/", following.confirm, name="confirm"),
    path("<slug:slug>/requests/", following.check_request, name="check_request"),
    path("<slug:slug>/requests/sent/", following.check_request_sent, name="check_request_sent"),
    path("<slug:slug>/requests/<str:reference>/", following.status, name="status"),
    path("<slug:slug>/requests/<str:reference>/progress/", following.progress, name="progress"),
    path("<slug:slug>/requests/<str:reference>/code/", following.code, name="code"),
    path("<slug:slug>/requests/<str:reference>/send-again/", following.send_again, name="send_again"),
    path("<slug:slug>/requests/<str:reference>/what-is-wrong/", pointing.point, name="point"),
    path("<slug:slug>/requests/<str:reference>/wishes/", proving.wishes, name="wishes"),
    path("<slug:slug>/requests/<str:reference>/stop/", following.stop, name="stop"),
    path("<slug:slug>/requests/<str:reference>/all.zip", following.download_all, name="download_all"),
    path("<slug:slug>/requests/<str:reference>/files/<path:name>", following.download, name="download"),
]
