from django.urls import path

from recordings import views

urlpatterns = [
    path("record/", views.record_studio, name="record-studio"),
    path("recordings/<uuid:pk>/", views.recording_detail, name="recording-detail"),
    path("recordings/<uuid:pk>/edit", views.recording_edit, name="recording-edit"),
    path("recordings/<uuid:pk>/delete", views.recording_delete, name="recording-delete"),
    path("recordings/<uuid:pk>/retry", views.recording_retry, name="recording-retry"),
]
