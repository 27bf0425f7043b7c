"""Bolt's app, with our own table in it and everything of its own that we do in front switched off."""

import logging
import os
from collections.abc import Mapping

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Misconfigured
from handlers.failures import log_failure, quiet_logger
from handlers.routing import Router


def build_bolt(router: Router, auth: AuthorizeResult, client: AsyncWebClient) -> AsyncApp:
    """
    Return Bolt's app with the table in it; verification is the front's (handlers/ingress.py).

    `auth` is what `auth.test` said at start-up, so that no request waits for it. Raises Misconfigured where the
    environment would switch Bolt to its OAuth mode.
    """
    _refuse_oauth(os.environ)

    async def authorize() -> AuthorizeResult:
        return auth

    app = AsyncApp(
        name="bolt",  # Bolt sets the level of the logger of this name, which must not be the parent of our own
        logger=quiet_logger("countersign.bolt", logging.ERROR),  # it warns of `authorize`, which is as it should be
        client=client,
        authorize=authorize,
        signing_secret="verified-in-front",  # noqa: S106  Bolt's own verification is off; an unset one reads the environment
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        attaching_function_token_enabled=False,
    )
    app.error(_on_error)
    app.middleware(router)
    return app


async def _on_error(error: Exception) -> None:
    """Log what went wrong in Bolt itself; None leaves the answer to the front."""
    log_failure("slack.bolt_failed", error)


def _refuse_oauth(environment: Mapping[str, str]) -> None:
    names = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")
    if all(name in environment for name in names):
        raise Misconfigured(
            "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are set, which switches Bolt to an installation flow.",
            "Unset both: this bot serves one workspace, with one bot token.",
        )
