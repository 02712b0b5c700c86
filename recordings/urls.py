from django.urls import path

from recordings import derivative_views, views

urlpatterns = [
    path("record/", views.record_studio, name="record-studio"),
    path("recordings/<uuid:pk>/", views.recording_detail, name="recording-detail"),
    path("recordings/<uuid:pk>/edit", views.recording_edit, name="recording-edit"),
    path("recordings/<uuid:pk>/delete", views.recording_delete, name="recording-delete"),
    path("recordings/<uuid:pk>/make", derivative_views.make, name="recording-make"),
    path("recordings/<uuid:pk>/made/<int:derivative_id>/discard", derivative_views.discard, name="derivative-discard"),
    path("recordings/<uuid:pk>/retry", views.recording_retry, name="recording-retry"),
]
