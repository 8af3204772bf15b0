"""The addresses of the staff's room."""

from django.urls import path

from dsr.staff import (
    classify_views,
    finding_views,
    intake_views,
    match_views,
    queue_views,
    request_views,
    source_views,
    version_views,
)

app_name = "staff"
urlpatterns = [
    path("", queue_views.queue, name="queue"),
    path("search/", queue_views.search, name="search"),
    path("requests/new/", intake_views.log_request, name="log_request"),
    path("requests/<str:reference>/", request_views.show, name="request"),
    path("requests/<str:reference>/approve/", request_views.approve, name="approve"),
    path("requests/<str:reference>/refuse/", request_views.refuse, name="refuse"),
    path("requests/<str:reference>/withdraw/", request_views.withdraw, name="withdraw"),
    path("requests/<str:reference>/assign/", request_views.assign, name="assign"),
    path("requests/<str:reference>/send-link/", request_views.send_link, name="send_link"),
    path("requests/<str:reference>/vouch/", request_views.vouch, name="vouch"),
    path("requests/<str:reference>/accept-claims/", request_views.accept_claims, name="accept_claims"),
    path("requests/<str:reference>/identities/", request_views.identities, name="identities"),
    path("requests/<str:reference>/verify/", request_views.verify_chain, name="verify_chain"),
    path("requests/<str:reference>/retry/", request_views.retry_failed, name="retry_failed"),
    path("requests/<str:reference>/sources/<int:run_id>/retry/", request_views.retry, name="retry"),
    path("requests/<str:reference>/matches/<int:question_id>/", match_views.match, name="match"),
    # A table's name may hold a slash, so it stands last.
    path("requests/<str:reference>/findings/<int:run_id>/<path:collection>/", finding_views.show, name="findings"),
    path("requests/<str:reference>/mark/<int:run_id>/<path:collection>/", finding_views.mark, name="mark"),
    path("requests/<str:reference>/marks/<int:mark_id>/remove/", finding_views.unmark, name="unmark"),
    path("sources/", source_views.sources, name="sources"),
    path("sources/add/", source_views.add, name="add_source"),
    path("sources/<int:source_id>/", source_views.change, name="source"),
    path("sources/<int:source_id>/test/", source_views.test, name="test_source"),
    path("sources/<int:source_id>/disconnect/", source_views.disconnect, name="disconnect_source"),
    path("sources/<int:source_id>/classify/", classify_views.overview, name="classify"),
    path("sources/<int:source_id>/classify/begin/", classify_views.begin, name="begin_draft"),
    path("sources/<int:source_id>/classify/discard/", classify_views.discard, name="discard_draft"),
    path("sources/<int:source_id>/classify/confirm/", classify_views.confirm_sure, name="confirm_sure"),
    path("sources/<int:source_id>/classify/publish/", classify_views.publish, name="publish_draft"),
    path("sources/<int:source_id>/columns/<path:collection>/", classify_views.columns, name="columns"),
    path("sources/<int:source_id>/tables/<path:collection>/", classify_views.describe, name="describe_table"),
    path("sources/<int:source_id>/versions/", version_views.history, name="versions"),
    path("sources/<int:source_id>/versions/<int:number>/again/", version_views.again, name="publish_again"),
    path("sources/<int:source_id>/versions/<int:before>/<int:after>/", version_views.difference, name="difference"),
    path("jobs/", source_views.jobs, name="jobs"),
    path("jobs/<int:job_id>/again/", source_views.try_again, name="try_again"),
]
