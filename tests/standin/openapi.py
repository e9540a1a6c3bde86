"""Holds what the bot sends against Discord's own OpenAPI document.

simcord answers what its authors thought of; the document says what Discord takes. It is not part of this repository:
where the checkout has no `../shared/discord`, nothing is checked and every list of violations stays empty.

    violations = openapi.install(monkeypatch)  # from now on every request that simcord's router gets is looked at
    ...
    assert not violations
"""

import copy
import functools
import importlib.util
import warnings
from pathlib import Path
from typing import Any, Protocol, cast

import pytest
from simcord.http import router

SHARED = Path(__file__).resolve().parents[3] / "shared" / "discord"


class Spec(Protocol):
    """What this module uses of `openapi_check.Spec`."""

    doc: dict[str, Any]

    def find(self, method: str, path: str) -> tuple[str | None, dict[str, Any] | None]:
        """Finds the documented path template and operation, or (None, None)."""
        ...

    def check_request(self, method: str, path: str, body: object) -> list[str]:
        """Lists what is wrong with a request body."""
        ...


@functools.cache
def load() -> Spec | None:
    """Loads Discord's document once per process; None where the checkout has none."""
    script, document = SHARED / "openapi_check.py", SHARED / "openapi.json"
    if not (script.is_file() and document.is_file()):
        return None
    found = importlib.util.spec_from_file_location("openapi_check", script)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves the closing of the document to the collector
        return cast("Spec", module.Spec(str(document)))


def check(method: str, path: str, body: object) -> list[str]:
    """Checks one request's JSON body (None: no body) against the document.

    Args:
        method: upper-case HTTP method.
        path: the path after `/api/v10`, with or without a query string.
        body: the parsed JSON, or the parsed `payload_json` of a multipart request.

    Returns:
        One line per violation, headed by method and path; empty where it is clean or the document is absent.
    """
    spec = load()
    if spec is None:
        return []
    _, operation = spec.find(method, path)
    content = (operation or {}).get("requestBody", {}).get("content", {})
    if content and "application/json" not in content:
        return []  # form-only routes (stickers, for one): there is no JSON schema to check against
    return [f"{method} {path.partition('?')[0]}: {error}" for error in spec.check_request(method, path, body)]


def install(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Watches simcord's router for the rest of the test.

    Returns:
        A list that grows by one line for each violation.
    """
    violations: list[str] = []
    dispatch = router.dispatch

    def checked(backend: Any, method: str, path: str, **request: Any) -> Any:
        # Before the handler runs: it may keep or change the body that it is given.
        violations.extend(check(method, path, copy.deepcopy(request.get("json"))))
        return dispatch(backend, method, path, **request)

    monkeypatch.setattr(router, "dispatch", checked)
    return violations
