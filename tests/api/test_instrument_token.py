"""An instrument's token posts files for its own channels, sees them, and opens nothing else in the whole lab."""

from __future__ import annotations

from django.test import Client
from rest_framework.test import APIClient

from lims.models import Identity, User
from tests.lims.test_visibility import OTHER_ARGUMENTS, UPLOAD, codes_to_try, routes
from tests.testing.bench import FILES, Bench, send

OPEN_TO_ALL = {
    "/api/v1/health/live/",
    "/api/v1/health/ready/",
    "/api/v1/auth/token/",
    "/api/v1/nowhere/",
}
ITS_OWN = {"/api/v1/files/", "/api/v1/uploads/", f"/api/v1/uploads/{UPLOAD}/"}


def _addresses(bench: Bench, file_id: int) -> set[str]:
    """Return every address of pages and API, filled in with each record that there is."""
    filled = {**OTHER_ARGUMENTS, "pk": str(file_id)}
    codes = list(Identity.objects.values_list("code", flat=True))
    found = {"/api/schema/", "/api/docs/", "/admin/"}
    for path, names in routes():
        for code in codes_to_try(path, codes) if "code" in names else [""]:
            found.add("/" + path.format(**filled, code=code))
    return found


def test_its_token_opens_its_files_and_nothing_else(bench: Bench, robo: APIClient) -> None:
    its_file = send(robo, b"its bytes\n", test=bench.test.code).json()["id"]
    its_test, its_code = bench.test.code, bench.instrument.code
    allowed = (
        OPEN_TO_ALL
        | ITS_OWN
        | {
            f"{FILES}{its_file}/",
            f"{FILES}{its_file}/content/",
            f"/api/v1/tests/{its_test}/rows/",
            f"/api/v1/instruments/{its_code}/heartbeat/",
        }
    )
    opened = {}
    addresses = _addresses(bench, its_file) - allowed
    assert len(addresses) > 200
    for address in sorted(addresses):
        for method in (robo.get, robo.post, robo.patch, robo.put, robo.delete):
            status = method(address, {}).status_code
            # 302: the page knows no token and asks to log in; 405: there is no such verb.
            if status not in (302, 401, 403, 404, 405):
                opened[f"{method.__name__} {address}"] = status
    assert opened == {}


def test_its_file_is_read_only_and_assigned_by_people(bench: Bench, robo: APIClient) -> None:
    its_file = send(robo, b"its bytes\n", test=bench.test.code).json()["id"]
    assert robo.get(f"{FILES}{its_file}/").status_code == 200
    for method in (robo.patch, robo.put, robo.delete):
        assert method(f"{FILES}{its_file}/", {}).status_code == 405
    assert robo.post(f"{FILES}{its_file}/assign/", {"test": bench.test.code}).status_code == 403


def test_its_account_cannot_log_in_to_pages(bench: Bench) -> None:
    client = Client()
    client.force_login(bench.instrument.account)
    assert client.get("/").status_code == 403
    assert client.get("/api/docs/").status_code == 403


def test_its_account_gets_no_token_by_password(bench: Bench) -> None:
    account: User = bench.instrument.account
    account.set_password("demo-lab")
    account.save()
    answer = APIClient().post(
        "/api/v1/auth/token/", {"username": account.username, "password": "demo-lab"}, format="json"
    )
    assert answer.status_code == 400
