"""Where people look at a site of Datadog (Datadog's documentation)."""


def web_url(site: str) -> str:
    """
    Return the base URL of a site's pages.

    Only sites without a region in their name have them at `app.`.
    """
    return f"https://{site}" if site.count(".") > 1 else f"https://app.{site}"
