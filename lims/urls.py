"""The product's addresses. The apps above are named here only as strings."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from lims.api.views import NoSuchAddressView
from lims.views import pages

urlpatterns = [
    path("", include("lims.page_urls")),
    path("", include("materials.urls")),
    path("", include("cells.urls")),
    path("", include("testing.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/login/", pages.admin_login),
    path("admin/", admin.site.urls),
    path("api/v1/", include("lims.api.urls")),
    path("api/v1/", include("materials.api.urls")),
    path("api/v1/", include("cells.api.urls")),
    path("api/v1/", include("testing.api.urls")),
    path("api/v1/<path:address>/", NoSuchAddressView.as_view()),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="api_docs"),
]
