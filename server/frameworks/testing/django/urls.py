from django.urls import path

from . import views

urlpatterns = [
    path("", views.index),
    path("sign/", views.sign),
    path("signed/", views.signed),
    path("upload/", views.upload),
    path("stream/", views.stream),
    path("download/", views.download),
    path("broken/", views.broken),
    path("<str:name>/", views.greet),
]
