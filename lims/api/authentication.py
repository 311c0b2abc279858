"""Tokens: a digest is kept, the last use is noted, an instrument's opens only what it must."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication

from lims.models import ApiToken, User

NOTE_USE_EVERY = timedelta(minutes=1)


class LabTokenAuthentication(TokenAuthentication):
    """``Authorization: Token …``; notes when the token was last used, at most once a minute."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        user, api_token = super().authenticate_credentials(token)
        now = timezone.now()
        if api_token.last_used_at is None or now - api_token.last_used_at > NOTE_USE_EVERY:
            ApiToken.objects.filter(pk=api_token.pk).update(last_used_at=now)
        return user, api_token


class LabTokenScheme(OpenApiAuthenticationExtension):
    """How the API's description names it."""

    target_class = "lims.api.authentication.LabTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Token <your token>",
        }
