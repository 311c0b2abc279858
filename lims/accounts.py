"""Who may open an account."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedLabAdapter(DefaultAccountAdapter):
    """Accounts are made by the lab's administrator, never by a visitor."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
