"""Who may open an account, and the proof that it is still they who sit at the screen."""

from allauth.account.adapter import DefaultAccountAdapter
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from lims.models import User

# As many as the log-in page takes (ACCOUNT_RATE_LIMITS).
WRONG_PASSWORDS_MAX = 5
WRONG_PASSWORDS_WAIT_S = 300


class ClosedLabAdapter(DefaultAccountAdapter):
    """Accounts are made by the lab's administrator, never by a visitor."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def confirm_person(user: User, password: str) -> None:
    """Ask again for the password of somebody who is logged in; a tablet left open must not sign for them.

    Raises ValidationError where it is wrong, or where it was wrong too often.
    """
    key = f"wrong-passwords-{user.pk}"
    if cache.get(key, 0) >= WRONG_PASSWORDS_MAX:
        raise ValidationError(
            {"password": f"{WRONG_PASSWORDS_MAX} wrong passwords: wait five minutes and try again."}
        )
    if not user.check_password(password):
        cache.add(key, 0, WRONG_PASSWORDS_WAIT_S)
        cache.incr(key)
        raise ValidationError({"password": "This is not your password; nothing was signed."})
