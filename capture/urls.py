from django.urls import path

from capture import views

urlpatterns = [
    path("capture/", views.capture_studio, name="capture-studio"),
    path("captures/download", views.captures_download, name="captures-download"),
    path("captures/<uuid:pk>/", views.capture_detail, name="capture-detail"),
    path("captures/<uuid:pk>/edit", views.capture_edit, name="capture-edit"),
    path("captures/<uuid:pk>/delete", views.capture_delete, name="capture-delete"),
    path("captures/<uuid:pk>/download", views.capture_download, name="capture-download"),
    path("captures/<uuid:pk>/compare", views.frame_compare, name="frame-compare"),
    path("captures/<uuid:pk>/frames/<int:number>/", views.frame_detail, name="frame-detail"),
    path("captures/<uuid:pk>/frames/<int:number>/edit", views.frame_edit, name="frame-edit"),
    path("captures/<uuid:pk>/frames/<int:number>/delete", views.frame_delete, name="frame-delete"),
]
