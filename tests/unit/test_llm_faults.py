from __future__ import annotations

import ssl
from collections.abc import Callable

import aiohttp
import httpx2
import openai
import pytest
from aiohttp.client_reqrep import ConnectionKey

from kura_udfs.llm.openai.faults import Fault, code, judge, unreachable_error

URL = "http://user:secret@server/v1?token=secret"
REQUEST = httpx2.Request("POST", "http://server/v1/chat/completions")
KEY = ConnectionKey("server", 443, True, True, None, None, None)


def chain(outer: Exception, *causes: Exception) -> Exception:
    """Return the outer exception, with the others as causes of one another."""
    for error, cause in zip((outer, *causes), causes, strict=False):
        error.__cause__ = cause
    return outer


def timeout(*causes: Exception) -> Exception:
    return chain(openai.APITimeoutError(request=REQUEST), httpx2.ConnectTimeout("x"), *causes)


@pytest.mark.parametrize(
    ("error", "reason", "billed"),
    [
        (TimeoutError(), "timeout", True),
        (timeout(), "timeout", True),
        (timeout(aiohttp.SocketTimeoutError()), "timeout", True),
        (timeout(aiohttp.ConnectionTimeoutError()), "unreachable", False),
        (timeout(aiohttp.ClientConnectorError(KEY, OSError(111, "refused"))), "unreachable", False),
        (timeout(aiohttp.ClientConnectorDNSError(KEY, OSError(-2, "unknown"))), "unreachable", False),
        (
            timeout(aiohttp.ClientConnectorCertificateError(KEY, ssl.CertificateError("self-signed"))),
            "untrusted_certificate",
            False,
        ),
        (timeout(aiohttp.ServerDisconnectedError()), "connection_lost", True),
        (timeout(aiohttp.ClientOSError(104, "reset")), "connection_lost", True),
        (openai.APIConnectionError(request=REQUEST), "connection_lost", True),
        (aiohttp.ClientPayloadError(), "connection_lost", True),
        (ConnectionResetError(), "connection_lost", True),
    ],
)
def test_network_faults_are_told_apart_by_what_lies_beneath(error: Exception, reason: str, billed: bool) -> None:
    fault = judge(error, URL, "m")
    assert isinstance(fault, Fault)
    assert (fault.reason, fault.maybe_billed) == (reason, billed)
    assert fault.unreachable == (not billed)


def test_what_is_no_fault_of_network_or_server_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        judge(ZeroDivisionError(), URL, "m")


@pytest.mark.parametrize(
    ("reason", "wanted"),
    [("unreachable", "kura_openai_base_url"), ("untrusted_certificate", "SSL_CERT_FILE")],
)
def test_a_server_that_was_never_reached_is_named_without_secrets(reason: str, wanted: str) -> None:
    said = str(unreachable_error(Fault(reason, maybe_billed=False, unreachable=True), URL))
    assert wanted in said
    assert "http://server/v1" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("context_length_exceeded", "context_length_exceeded"),
        ("server_error", "server_error"),
        ("Ottilie Zaubermann", None),
        ("a text of several words", None),
        ("x" * 60, None),
        (400, None),
        (None, None),
    ],
)
def test_only_codes_that_look_like_codes_are_passed_on(given: object, kept: str | None) -> None:
    assert code(given) == kept


def _reply(status: int, message: str, **error: object) -> openai.APIStatusError:
    response = httpx2.Response(status, request=REQUEST)
    return openai.APIStatusError(message, response=response, body={"message": message, **error})


@pytest.mark.parametrize(
    ("status", "check"),
    [
        (408, lambda found: found.reason == "server_error: HTTP 408" and not found.overload),
        (500, lambda found: found.reason == "server_error: HTTP 500" and not found.overload),
        (503, lambda found: found.overload),
        (429, lambda found: found.overload and not found.maybe_billed),
        (422, lambda found: found.reason == "bad_request: HTTP 422"),
    ],
)
def test_statuses_are_told_apart(status: int, check: Callable[..., bool]) -> None:
    assert check(judge(_reply(status, "Some words"), URL, "m"))
