"""
What people type, and how it is read: one row for each line.

A row is (text, noun implied by the slash command, reading). Letters that only look like others are written as escapes.
"""

from dataclasses import dataclass

from bot.grammar.command import Ask, Command, Look
from bot.model import Noun

F = Noun.FLAG
R = Noun.ROLLOUT


@dataclass(frozen=True, slots=True)
class Asks:
    """The line is asked about: words of the sentence, and the commands that are offered."""

    says: str
    offers: tuple[str, ...] | None = None


Row = tuple[str, Noun | None, Command | Look | Ask | Asks]


def flag(verb: str, target: str, where: str | None = None, why: str = "", seconds: int | None = None) -> Command:
    """Return a change of a flag."""
    return Command(action=f"flag.{verb}", target=target, environment=where, reason=why, seconds=seconds)


def rollout(verb: str, target: str, where: str | None = None, why: str = "", seconds: int | None = None) -> Command:
    """Return a change of a rollout."""
    return Command(action=f"rollout.{verb}", target=target, environment=where, reason=why, seconds=seconds)


def everywhere(action: str, target: str, why: str = "") -> Command:
    """Return a change that names no environment, because it belongs to none."""
    return Command(action=action, target=target, reason=why)


def broken(command: Command) -> Command:
    """Return the command with the glass broken."""
    return command.model_copy(update={"switches": frozenset({"break-glass"})})


NEW = flag("disable", "new-search", "prod")
PAUSE = rollout("pause", "checkout-v2", "prod")
PAUSE_TEXT = "pause rollout checkout-v2 in prod"
DISABLE_TEXT = "disable flag new-search in prod"

ORDERS: tuple[Row, ...] = (
    ("pause checkout-v2 in prod", R, PAUSE),
    ("pause checkout-v2 in prod", None, PAUSE),
    ("pause rollout checkout-v2 in prod", None, PAUSE),
    ("pause rollout checkout-v2 in prod", R, PAUSE),
    ("rollout pause checkout-v2 in prod", None, PAUSE),
    ("rollout checkout-v2 pause in prod", None, PAUSE),
    ("pause checkout-v2 rollout in prod", None, PAUSE),
    ("in prod pause checkout-v2", None, PAUSE),
    ("pause the rollout of checkout-v2 in prod", None, PAUSE),
    ("pause rollouts checkout-v2 in prod", None, PAUSE),
    ("pause roll out checkout-v2 in prod", None, PAUSE),
    ("pause roll-out checkout-v2 in prod", None, PAUSE),
    ("flag new-search disable in prod", None, NEW),
    ("disable new-search flag in prod", None, NEW),
    ("disable feature flag new-search in prod", None, NEW),
    ("disable the new-search feature flag in the prod environment", None, NEW),
    ("disable new-search in env prod", F, NEW),
    ("flag: disable new-search in prod", None, NEW),
    ("disable new-search in prod", F, NEW),
    ("enable new-search in prod", None, flag("enable", "new-search", "prod")),
    ("start checkout-v2 in staging", R, rollout("start", "checkout-v2", "staging")),
    ("stop checkout-v2 in prod", R, rollout("stop", "checkout-v2", "prod")),
    ("pause checkout-v2", R, rollout("pause", "checkout-v2")),
    ("/rollout pause checkout-v2 in prod", None, PAUSE),
    ("/ops pause checkout-v2 in prod", None, PAUSE),
    ("<@U0BOT> pause checkout-v2 in prod", None, PAUSE),
    ("<@U0BOT>: pause checkout-v2 in prod", None, PAUSE),
)

FILLERS: tuple[Row, ...] = (
    ("disable new-search on prod", F, NEW),
    ("disable new-search for prod", F, NEW),
    ("pause rollout for checkout-v2 on prod", None, PAUSE),
    ("pause rollout for checkout-v2 in prod", None, PAUSE),
    ("pause for rollout checkout-v2 in prod", None, PAUSE),
    ("please pause checkout-v2 in prod now", None, PAUSE),
    ("hey, pls pause checkout-v2 in prod, thanks!", None, PAUSE),
    ("Pause Checkout-V2 In prod.", None, rollout("pause", "Checkout-V2", "prod")),
    ("PAUSE ROLLOUT checkout-v2 IN PROD", None, rollout("pause", "checkout-v2", "PROD")),
    ("  pause\tcheckout-v2   in prod  ", None, PAUSE),
    (
        "pause rollout for checkout-v2",
        None,
        Asks("may be the rollout or the environment", ("pause rollout checkout-v2",)),
    ),
    ("disable flag on prod", None, Asks("“on prod” may be the flag or the environment")),
)

SYNONYMS: tuple[Row, ...] = (
    ("abort checkout-v2 in prod", R, rollout("stop", "checkout-v2", "prod")),
    ("abort rollout checkout-v2", None, rollout("stop", "checkout-v2")),
    ("hold checkout-v2 in prod", R, PAUSE),
    ("unpause checkout-v2 in prod", None, rollout("resume", "checkout-v2", "prod")),
    ("continue checkout-v2 in prod", R, rollout("resume", "checkout-v2", "prod")),
    ("kill new-search in prod", F, NEW),
    ("kill flag new-search in prod", None, NEW),
    ("kill new-search in prod", None, Asks("“kill” is said of more than one kind of thing", (DISABLE_TEXT,))),
    ("turn off new-search in prod", F, NEW),
    ("turn off new-search in prod", None, NEW),
    ("turn new-search off in prod", None, NEW),
    ("turn the new-search flag off in prod", None, NEW),
    ("switch off flag new-search in prod", None, NEW),
    ("turn on new-search on prod", F, flag("enable", "new-search", "prod")),
    ("turn new-search on in prod", F, flag("enable", "new-search", "prod")),
    ("turn new-search on prod", F, Asks("“turn” is not a verb")),
    ("new-search flag off", None, Asks("Did you mean “turn off”?", ("disable flag new-search",))),
    ("flag new-search off in prod", None, Asks("Did you mean “turn off”?", (DISABLE_TEXT,))),
)

NAMES: tuple[Row, ...] = (
    ("resume resume-upload in prod", None, rollout("resume", "resume-upload", "prod")),
    ("disable to-be-removed in prod", F, flag("disable", "to-be-removed", "prod")),
    ("disable not-found-page in prod", F, flag("disable", "not-found-page", "prod")),
    ("disable for 2fa-login in prod", F, flag("disable", "2fa-login", "prod")),
    ('disable flag "disable" in prod', None, flag("disable", "disable", "prod")),
    ('pause "because" in prod because it failed', R, rollout("pause", "because", "prod", "it failed")),
    ("disable flag 'in' in prod", None, flag("disable", "in", "prod")),
    ("disable flag `new-search` in `prod`", None, NEW),
    ("disable flag \u201cnew-search\u201d in prod", None, NEW),
    ("disable flag \u00abnew-search\u00bb in prod", None, NEW),
    ("disable flag \u201enew-search\u201c in prod", None, NEW),
    ("disable flag \u2018new-search\u2019 in prod", None, NEW),
    ("disable new-search in 'EU staging'", F, flag("disable", "new-search", "EU staging")),
    ("disable new-search in \u2018EU staging\u2019, please", F, flag("disable", "new-search", "EU staging")),
    ('disable "Ana\'s search" in prod', F, flag("disable", "Ana's search", "prod")),
    ("disable 'Ana's search' in prod", F, flag("disable", "Ana's search", "prod")),
    ('disable "2h" in "in"', F, flag("disable", "2h", "in")),
    ('disable "should" in prod', F, flag("disable", "should", "prod")),
    ('disable "a and b?" in prod', F, flag("disable", "a and b?", "prod")),
    ('disable "--break-glass" in prod', F, flag("disable", "--break-glass", "prod")),
    ("disable new\u2011search in prod", F, NEW),
    ("disable \u043f\u043e\u0438\u0441\u043a in prod", F, flag("disable", "\u043f\u043e\u0438\u0441\u043a", "prod")),
    ("pause resume in prod", None, Asks("Read as “pause” and “resume” at once")),
    ("disable 'new-search in prod", F, Asks("is not closed")),
    ('disable "" in prod', F, Asks("The target is empty")),
    ("disable new search in prod", F, Asks("2 words could be it")),
    (
        "disable new-search in EU staging",
        F,
        Asks("2 words could be it", ('disable flag new-search in "EU staging"',)),
    ),
    ("disable flag in EU staging", None, Asks("“EU staging” may be one environment")),
    ('"pause checkout-v2 in prod"', None, Asks("without the quotes", (PAUSE_TEXT,))),
    ("new-search disable in prod", F, Asks("begins with its verb or its noun", (DISABLE_TEXT,))),
)

SLACK: tuple[Row, ...] = (
    ("disable <http://new.search|new.search> in prod", F, flag("disable", "new.search", "prod")),
    ("disable <https://example.com/flags?id=1> in prod", F, Asks("is not a link to Datadog", ())),
    ("disable new-search in prod because a &amp; b &lt; c", F, flag("disable", "new-search", "prod", "a & b < c")),
    ("disable new-search in prod because &amp;lt; broke", F, flag("disable", "new-search", "prod", "&lt; broke")),
    (
        "pause checkout-v2 in prod because see <https://example.com/r|the runbook>",
        R,
        rollout("pause", "checkout-v2", "prod", "see the runbook"),
    ),
    ("pause checkout-v2 in prod because <@U7> in <#C1|ops>", R, rollout("pause", "checkout-v2", "prod", "@U7 in #ops")),
    ("pause 'a &amp; b' in prod", R, rollout("pause", "a & b", "prod")),
    ("pause a&amp;b in prod", R, Asks("has “&”", ('pause rollout "a&b" in prod',))),
)

REASONS: tuple[Row, ...] = (
    ("pause checkout-v2 in prod because p99 up", R, rollout("pause", "checkout-v2", "prod", "p99 up")),
    ("pause checkout-v2 in prod BECAUSE p99 up", R, rollout("pause", "checkout-v2", "prod", "p99 up")),
    ("pause checkout-v2 in prod because of p99", R, rollout("pause", "checkout-v2", "prod", "p99")),
    ("pause checkout-v2 in prod because: p99", R, rollout("pause", "checkout-v2", "prod", "p99")),
    ("pause checkout-v2 in prod - p99 up", R, rollout("pause", "checkout-v2", "prod", "p99 up")),
    ("pause checkout-v2 in prod \u2013 p99 up", R, rollout("pause", "checkout-v2", "prod", "p99 up")),
    ("pause checkout-v2 in prod \u2014 p99 up", R, rollout("pause", "checkout-v2", "prod", "p99 up")),
    ("pause checkout-v2 in prod -- p99 up", R, rollout("pause", "checkout-v2", "prod", "p99 up")),
    ("pause checkout-v2 in prod since p99 is up", R, rollout("pause", "checkout-v2", "prod", "p99 is up")),
    ("pause checkout-v2 in prod since 3 shops fail", R, rollout("pause", "checkout-v2", "prod", "3 shops fail")),
    ("pause checkout-v2 in prod since 14:02", R, Asks("“since 14:02” is read as a time")),
    ("pause checkout-v2 in prod since 2h", R, Asks("“since 2h” is read as a time")),
    ("pause checkout-v2 in prod since yesterday it fails", R, Asks("“since yesterday it” is read as a time")),
    (
        "pause checkout-v2 in prod because x in staging was off for 2h, don't ask; resume later? --break-glass",
        R,
        rollout(
            "pause",
            "checkout-v2",
            "prod",
            "x in staging was off for 2h, don't ask; resume later? --break-glass",
        ),
    ),
    (
        "pause checkout-v2 in prod because one\npause other in staging",
        R,
        rollout("pause", "checkout-v2", "prod", "one pause other in staging"),
    ),
    ("pause checkout-v2 in prod\nbecause p99 up", R, rollout("pause", "checkout-v2", "prod", "p99 up")),
    ("pause checkout-v2\nin prod", R, Asks("the line break")),
    ("pause checkout-v2 in prod because it's \"odd", R, rollout("pause", "checkout-v2", "prod", "it's \"odd")),
    ("pause checkout-v2 because p99 in prod", R, rollout("pause", "checkout-v2", None, "p99 in prod")),
    (
        "pause checkout-v2 in prod because a - b because c",
        R,
        rollout("pause", "checkout-v2", "prod", "a - b because c"),
    ),
    ("pause checkout-v2 in prod because x\u202ey\x00z", R, rollout("pause", "checkout-v2", "prod", "x y z")),
    (f"pause x in prod because {'y' * 500}", R, rollout("pause", "x", "prod", "y" * 500)),
    (f"pause x in prod because {'y' * 501}", R, Asks("The reason has 501 characters, and 500 are kept")),
    ("pause checkout-v2 in prod because", R, Asks("Nothing follows “because”")),
    ("pause checkout-v2 in prod because \u200b", R, Asks("Nothing follows “because”")),
    ("because p99 up", R, Asks("No verb says")),
    ("because p99 up", None, Asks("There is no verb")),
    ("pause - checkout-v2", R, Asks("No target is named")),
)

SWITCHES: tuple[Row, ...] = (
    ("disable new-search in prod --break-glass because x", F, broken(flag("disable", "new-search", "prod", "x"))),
    ("--break-glass disable new-search in prod because x", F, broken(flag("disable", "new-search", "prod", "x"))),
    ("disable new-search in prod \u2014break-glass because x", F, broken(flag("disable", "new-search", "prod", "x"))),
    ("disable new-search in prod \u2013break-glass - x", F, broken(flag("disable", "new-search", "prod", "x"))),
    ("disable new-search in prod --BREAK-GLASS", F, broken(NEW)),
    ("disable new-search in prod --break\u2011glass", F, broken(NEW)),
    ("disable new-search in prod --break_glass.", F, broken(NEW)),
    ("disable new-search in prod --break-glas because x", F, Asks("Did you mean “--break-glass”?", ())),
    ("disable new-search in prod \u2014break-glas because x", F, Asks("Did you mean “--break-glass”?", ())),
    ("disable new-search in prod --break glass", F, Asks("“--break” is not a switch")),
    ("disable new-search in prod --force", F, Asks("“--force” is not a switch")),
    ("disable new-search in prod -p99 up", F, Asks("A reason follows “because”")),
    ("disable new-search in prod --", F, Asks("a dash with spaces on both sides")),
    ("disable new-search in prod break-glass", F, Asks("2 words could be it")),
)

TIMES: tuple[Row, ...] = (
    ("disable new-search in prod for 2h", F, flag("disable", "new-search", "prod", "", 7200)),
    ("disable new-search for 2h in prod", F, flag("disable", "new-search", "prod", "", 7200)),
    ("disable for 30m new-search in prod", F, flag("disable", "new-search", "prod", "", 1800)),
    ("disable new-search in prod for 90 minutes", F, flag("disable", "new-search", "prod", "", 5400)),
    ("disable new-search in prod for 1h30m", F, flag("disable", "new-search", "prod", "", 5400)),
    ("disable new-search in prod for 1h30", F, flag("disable", "new-search", "prod", "", 5400)),
    ("disable new-search in prod for 1h 30m", F, flag("disable", "new-search", "prod", "", 5400)),
    ("disable new-search in prod for 1.5h", F, flag("disable", "new-search", "prod", "", 5400)),
    ("disable new-search in prod for 1 hour and 30 min", F, flag("disable", "new-search", "prod", "", 5400)),
    ("disable new-search in prod for an hour", F, flag("disable", "new-search", "prod", "", 3600)),
    ("disable new-search in prod for half an hour", F, flag("disable", "new-search", "prod", "", 1800)),
    ("disable new-search in prod for the next 2 hours", F, flag("disable", "new-search", "prod", "", 7200)),
    ("disable new-search in prod for 7d because x", F, flag("disable", "new-search", "prod", "x", 604800)),
    ("disable new-search in prod for 8d", F, Asks("longer than 7 days")),
    ("disable new-search in prod for 99999999999999999999h", F, Asks("longer than 7 days")),
    ("disable new-search in prod for 0h", F, Asks("above zero")),
    ("disable new-search in prod for 0.5s", F, Asks("whole seconds")),
    ("disable new-search in prod for 2", F, Asks("“for 2” is not a length of time")),
    ("disable new-search in prod for 2 months", F, Asks("“for 2 months” is not a length of time")),
    ("disable new-search in prod for 1h for 2h", F, Asks("Two lengths of time")),
    ("disable new-search 2h", F, Asks("2 words could be it")),
    ("disable 2h in prod", F, Asks("is a time where a target should be")),
    ("disable new-search in prod until 18:00", F, Asks("such as “for 2h”", ())),
)

LATER: tuple[Row, ...] = (
    ("pause checkout-v2 in 2h", R, Asks("a wish for later, because of “in 2h”", ("pause rollout checkout-v2",))),
    ("pause checkout-v2 in prod in 2 hours", R, Asks("“in 2 hours”", (PAUSE_TEXT,))),
    ("pause checkout-v2 in prod in an hour", R, Asks("a wish for later", (PAUSE_TEXT,))),
    ("pause checkout-v2 in prod in a bit", R, Asks("a wish for later")),
    ("pause checkout-v2 in prod at 18:00", R, Asks("“at 18:00”", (PAUSE_TEXT,))),
    ("pause checkout-v2 in prod at 6 pm", R, Asks("a wish for later", (PAUSE_TEXT,))),
    ("pause checkout-v2 in prod tomorrow", R, Asks("a wish for later", (PAUSE_TEXT,))),
    ("tomorrow pause checkout-v2 in prod", R, Asks("a wish for later", (PAUSE_TEXT,))),
    ("pause checkout-v2 in prod on monday", R, Asks("a wish for later", (PAUSE_TEXT,))),
    ("pause checkout-v2 in prod later", R, Asks("a wish for later", (PAUSE_TEXT,))),
    ("pause checkout-v2 in prod after lunch", R, Asks("a wish for later", ())),
    ("pause checkout-v2 in prod when p99 goes up", R, Asks("a wish for later", ())),
    ("pause checkout-v2 in prod unless it recovers", R, Asks("a wish for later", ())),
    ("pause checkout-v2 in prod next week", R, Asks("a wish for later")),
)

REFUSED: tuple[Row, ...] = (
    ("don't pause checkout-v2 in prod", R, Asks("Read as a no", ())),
    ("don\u2019t pause checkout-v2 in prod", R, Asks("Read as a no", ())),
    ("dont pause checkout-v2 in prod", R, Asks("Read as a no", ())),
    ("do not pause checkout-v2 in prod", R, Asks("Read as a no", ())),
    ("please do NOT pause checkout-v2 in prod", R, Asks("Read as a no", ())),
    ("never pause checkout-v2 in prod", R, Asks("Read as a no", ())),
    ("not pause checkout-v2 in prod", R, Asks("Read as a no", ())),
    ("pause checkout-v2 not in prod", R, Asks("Read as a no", ())),
    ("we shouldn't pause checkout-v2 in prod", R, Asks("Read as a no", ())),
    ("should I pause checkout-v2 in prod?", R, Asks("Read as a question", (PAUSE_TEXT,))),
    ("should we pause checkout-v2 in prod", R, Asks("Read as a question", (PAUSE_TEXT,))),
    ("can you please pause checkout-v2 in prod", R, Asks("Read as a question", (PAUSE_TEXT,))),
    ("hey, could you pause checkout-v2 in prod?", R, Asks("Read as a question", (PAUSE_TEXT,))),
    ("pause checkout-v2 in prod?", R, Asks("Read as a question", (PAUSE_TEXT,))),
    ("pause checkout-v2 in prod ?", R, Asks("Read as a question", (PAUSE_TEXT,))),
    ("pause checkout-v2? in prod", R, Asks("Read as a question", (PAUSE_TEXT,))),
    ("pause checkout-v2 in 'prod'?! because p99", R, Asks("Read as a question", (PAUSE_TEXT + " because p99",))),
    ("disable https://example.com/x?", F, Asks("Read as a question")),
    ("is checkout-v2 paused in prod", R, Asks("Read as a question")),
    ("did someone pause checkout-v2 in prod", R, Asks("Read as a question")),
    ("maybe pause checkout-v2 in prod", R, Asks("Read as a question", (PAUSE_TEXT,))),
    ("paused checkout-v2 in prod", R, Asks("Read as something that happened", (PAUSE_TEXT,))),
    ("stopped checkout-v2 in prod", R, Asks("something that happened", ("stop rollout checkout-v2 in prod",))),
    ("aborted checkout-v2 in prod", R, Asks("something that happened")),
    ("pausing checkout-v2 in prod", R, Asks("something that happened", (PAUSE_TEXT,))),
    ("flag new-search was disabled in prod", None, Asks("something that happened", (DISABLE_TEXT,))),
    ("new-search was disabled", F, Asks("something that happened")),
    ("pause checkout-v2 in prod already", R, Asks("something that happened", (PAUSE_TEXT,))),
    ("I want to pause checkout-v2 in prod", None, Asks("talk about a change", (PAUSE_TEXT,))),
    ("let's pause checkout-v2 in prod", None, Asks("talk about a change", (PAUSE_TEXT,))),
)

TWO: tuple[Row, ...] = (
    (
        "pause checkout-v2 in prod and disable new-search in prod",
        None,
        Asks("more than one command or target", (PAUSE_TEXT, DISABLE_TEXT)),
    ),
    ("pause a1 in prod; pause b1 in prod", R, Asks("because of “;”")),
    ("pause a1 in prod && pause b1 in prod", R, Asks("because of “&&”")),
    ("pause a1 in prod &amp;&amp; pause b1 in prod", R, Asks("because of “&&”")),
    ("pause a1 in prod\npause b1 in prod", R, Asks("the line break")),
    ("pause a1 in prod then resume b1 in prod", R, Asks("because of “then”")),
    ("pause a1 and b1 in prod", R, Asks("because of “and”", ())),
    ("pause a1 and resume b1 in prod", R, Asks("because of “and”", ())),
    ("pause a1, b1 in prod", R, Asks("because of the comma")),
    ("pause a1,b1 in prod", R, Asks("has “,”")),
    ("pause a1 in prod, staging", R, Asks("because of the comma")),
    ("pause a1 in prod and staging", R, Asks("because of “and”", ())),
    ("pause a1 in prod in staging", R, Asks("two environments: “prod” and “staging”", ())),
    ("pause a1 on prod in staging", R, Asks("two environments", ())),
    ("pause a1 b1 in prod", R, Asks("2 words could be it")),
    ("pause stop a1 in prod", R, Asks("“pause” and “stop” at once")),
    ("pause everything in prod", R, Asks("would be many")),
    ("pause a1 in all environments", R, Asks("“all” would be many")),
    ("pause a1 everywhere", R, Asks("“everywhere” would be many")),
    ("pause checkout-v2 prod", R, Asks("2 words", (PAUSE_TEXT, 'pause rollout "checkout-v2 prod"'))),
    ("plan", None, Asks("“plan” wants <command> […]")),
    ("pause it in prod", R, Asks("does not say which target")),
)

VERBS: tuple[Row, ...] = (
    ("puase checkout-v2 in prod", R, Asks("Did you mean “pause”?", (PAUSE_TEXT,))),
    ("puase checkout-v2 in prod because x", None, Asks("Did you mean “pause”?", (f"{PAUSE_TEXT} because x",))),
    ("disabel new-search in prod", F, Asks("Did you mean “disable”?", (DISABLE_TEXT,))),
    ("rollback checkout-v2 in prod", None, Asks("“rollback” is not a verb")),
    ("xyzzy", None, Asks("“xyzzy” is not a verb")),
    ("aprovals", None, Asks("Did you mean “approvals”?", ())),
    ("pause checkout-v2 in prod", F, Asks("“pause” is for rollouts and tests, not for flags", (PAUSE_TEXT,))),
    ("disable new-search in prod", R, Asks("“disable” is for flags, not for rollouts", (DISABLE_TEXT,))),
    ("pause flag checkout-v2 in prod", None, Asks("“pause” is for rollouts and tests, not for flags", (PAUSE_TEXT,))),
    ("pause rollout checkout-v2 in prod", F, Asks("for flags, and the text says rollout", (PAUSE_TEXT,))),
    (
        "roll out checkout-v2 in prod",
        None,
        Asks(
            "what should happen",
            tuple(f"{v} rollout checkout-v2 in prod" for v in ("start", "pause", "resume", "stop")),
        ),
    ),
    ("flag", None, Asks("what should happen to the flag")),
    ("new-search in prod", F, Asks("what should happen to flag “new-search”")),
    ("pause", R, Asks("For example: /rollout pause checkout-v2 in prod because p99 up")),
    ("pause in prod", R, Asks("No target is named")),
    ("pause checkout-v2 in", R, Asks("A name is missing after “in”")),
    ("pause help in prod", None, Asks("“pause” and “help” at once")),
    ("rollout help", None, Asks("“help” is a command by itself")),
)

LETTERS: tuple[Row, ...] = (
    ("disable n\u0435w-search in prod", F, Asks("U+0435 CYRILLIC SMALL LETTER IE", (DISABLE_TEXT,))),
    ("disable new-search in pr\u043ed", F, Asks("The environment", (DISABLE_TEXT,))),
    ("disable \u0441\u043e\u0440\u0443 in prod", F, Asks("only looks like another", ("disable flag copy in prod",))),
    ("disable \uff4eew-search in prod", F, Asks("FULLWIDTH LATIN SMALL LETTER N", (DISABLE_TEXT,))),
    ("disable new-search\u200b in prod", F, Asks("invisible character: U+200B ZERO WIDTH SPACE", (DISABLE_TEXT,))),
    ("disable new\u202esearch in prod", F, Asks("U+202E RIGHT-TO-LEFT OVERRIDE")),
    ("disable new\x07search in prod", F, Asks("U+0007 control character")),
    ('disable "new\ud800search" in prod', F, Asks("U+D800")),
    (
        "disable new\u2014search in prod",
        F,
        Asks("U+2014 EM DASH", ("disable flag new-search in prod", "disable flag new--search in prod")),
    ),
    ("\ufeffdis\u200bable new-search \u2060in prod", F, NEW),
    ("disable new-search be\u00adcause x", F, flag("disable", "new-search", None, "x")),
    (
        "disable new-search because \U0001f468\u200d\U0001f373 left",
        F,
        flag("disable", "new-search", None, "\U0001f468\u200d\U0001f373 left"),
    ),
)

OWN: tuple[Row, ...] = (
    ("", None, Ask(what="help")),
    ("   ", F, Ask(what="help")),
    ("\u200b", None, Ask(what="help")),
    ("?", None, Ask(what="help")),
    ("plan disable flag new-search in prod", None, Ask(what="plan", about="disable flag new-search in prod")),
    ("/ops freeze prod for 2h because x", None, Ask(what="freeze", about="prod for 2h", reason="x")),
    ("lock flag a1 in prod because x", None, Ask(what="lock", about="flag a1 in prod", reason="x")),
    ("can-i pause a1 in prod", R, Ask(what="can-i", about="pause a1 in prod")),
    ("hello", None, Ask(what="help")),
    ("help", R, Ask(what="help")),
    ("Help?", None, Ask(what="help")),
    ("help pause", None, Ask(what="help", about="pause")),
    ("help turn off", None, Ask(what="help", about="turn off")),
    ("<@U0BOT> help", None, Ask(what="help")),
    ("approvals", None, Ask(what="approvals")),
    ("inbox please", None, Ask(what="approvals")),
    ("cancel cs-abc123", None, Ask(what="cancel", about="cs-abc123")),
    ("withdraw `cs-abc123`", F, Ask(what="cancel", about="cs-abc123")),
    ("cancel cs-abc123 because wrong flag", None, Ask(what="cancel", about="cs-abc123", reason="wrong flag")),
    ("cancel", None, Asks("“cancel” wants <id>")),
    ("cancel cs-abc123 cs-def456", None, Asks("“cancel” wants <id>")),
    ("cancel cs-abc123?", None, Asks("not clear")),
    ("don't cancel cs-abc123", None, Asks("Read as a no")),
    ("approvals for prod", None, Asks("“approvals” stands alone")),
)

EVERYWHERE: tuple[Row, ...] = (
    ("archive flag new-search", None, everywhere("flag.archive", "new-search")),
    (
        "archive new-search because the launch is over",
        F,
        everywhere("flag.archive", "new-search", "the launch is over"),
    ),
    ("unarchive old-banner", F, everywhere("flag.unarchive", "old-banner")),
    ("restore flag old-banner", None, everywhere("flag.unarchive", "old-banner")),
    ("archive new-search in prod", F, Asks("reaches all environments", ("archive flag new-search",))),
    ("archived new-search", F, Asks("something that happened")),
    ("pause test checkout-api", None, everywhere("test.pause", "checkout-api")),
    ("mute checkout-api", None, everywhere("test.pause", "checkout-api")),
    ("silence the test checkout-api please", None, everywhere("test.pause", "checkout-api")),
    ("pause synthetic test abc-def-ghi", None, everywhere("test.pause", "abc-def-ghi")),
    ("pause test team:shop", None, everywhere("test.pause", "team:shop")),
    ('mute test "checkout api"', None, everywhere("test.pause", "checkout api")),
    (
        "pause test checkout-api for 30m",
        None,
        Command(action="test.pause", target="checkout-api", seconds=1800),
    ),
    ("start test abc-def-ghi", None, everywhere("test.start", "abc-def-ghi")),
    ("unmute test checkout-api", None, everywhere("test.start", "checkout-api")),
    ("resume test checkout-api", None, everywhere("test.start", "checkout-api")),
    ("pause test checkout-api in prod", None, Asks("not “prod” alone", ("pause test checkout-api",))),
    (
        "pause checkout-api",
        None,
        Asks("rollout or test", ("pause rollout checkout-api", "pause test checkout-api")),
    ),
    ("pause checkout-v2 on prod", None, rollout("pause", "checkout-v2", "prod")),
    ("start dark-mode in prod", None, rollout("start", "dark-mode", "prod")),
    ("pause rollout test in prod", None, Asks("“rollout” and “test” at once")),
    ('pause rollout "test" in prod', None, rollout("pause", "test", "prod")),
    ("pause tests", None, Asks("Which test?")),
    ("mute all tests", None, Asks("“all” would be many")),
    ("cancel deployment abc-def-ghi", None, everywhere("deployment.cancel", "abc-def-ghi")),
    ("cancel the running deployment", None, everywhere("deployment.cancel", "running")),
    ("cancel deployment running because it crashes", None, everywhere("deployment.cancel", "running", "it crashes")),
    ("cancel fleet deployment abc-def-ghi", None, everywhere("deployment.cancel", "abc-def-ghi")),
    ("cancel deployment", None, Asks("Which deployment?")),
    ("delete environment eu-staging", None, everywhere("environment.delete", "eu-staging")),
    (
        "delete env eu-staging because nobody uses it",
        None,
        everywhere("environment.delete", "eu-staging", "nobody uses it"),
    ),
    ("environment eu-staging delete", None, everywhere("environment.delete", "eu-staging")),
    ("delete eu-staging", None, everywhere("environment.delete", "eu-staging")),
    ("delete all environments", None, Asks("“all” would be many")),
    ("don't delete environment eu-staging", None, Asks("Read as a no")),
    ("disable new-search on environment prod", None, flag("disable", "new-search", "prod")),
    ("disable new-search in the prod environment", None, flag("disable", "new-search", "prod")),
)

FLAG_ID = "0c9d7a52-0000-4000-8000-00000000f1a6"
APP = "https://app.datadoghq.com"


def look(what: str, target: str = "", where: str | None = None, *states: str, page: int = 1) -> Look:
    """Return a look at something."""
    return Look(what=what, target=target, environment=where, states=states, page=page)


LOOKS: tuple[Row, ...] = (
    ("list flags", None, look("flag.list")),
    ("flag list", None, look("flag.list")),
    ("/flag list", None, look("flag.list")),
    ("list", F, look("flag.list")),
    ("list", R, look("rollout.list")),
    ("flags", None, look("flag.list")),
    ("flags in prod", None, look("flag.list", "", "prod")),
    ("list all flags", None, look("flag.list")),
    ("list flags in the prod environment", None, look("flag.list", "", "prod")),
    ("list flags in env prod", None, look("flag.list", "", "prod")),
    ("list flags on prod", None, look("flag.list", "", "prod")),
    ("list flags checkout", None, look("flag.list", "checkout")),
    ("list flags checkout v2 in prod", None, look("flag.list", "checkout v2", "prod")),
    ('list flags "enabled"', None, look("flag.list", "enabled")),
    ("list archived flags", None, look("flag.list", "", None, "archived")),
    ("list flags --archived", None, look("flag.list", "", None, "archived")),
    ("list flags \u2014archived", None, look("flag.list", "", None, "archived")),
    ("list enabled flags in prod", None, look("flag.list", "", "prod", "enabled")),
    ("which flags are enabled in prod?", None, look("flag.list", "", "prod", "enabled")),
    ("list flags page 2", None, look("flag.list", page=2)),
    ("list flags checkout disabled in prod page 3", None, look("flag.list", "checkout", "prod", "disabled", page=3)),
    ("list flags page", None, look("flag.list", "page")),
    ("show flags", None, look("flag.list")),
    ("show me the flags please", None, look("flag.list")),
    ("Show Flag new-search", None, look("flag.show", "new-search")),
    ("show new-search", F, look("flag.show", "new-search")),
    ("describe flag new-search in prod", None, look("flag.show", "new-search", "prod")),
    ("flag status new-search", None, look("flag.show", "new-search")),
    ("flag new-search status", None, look("flag.show", "new-search")),
    ("show flag \u201cnew-search\u201d", None, look("flag.show", "new-search")),
    ("show flag new\u2011search", None, look("flag.show", "new-search")),
    ('show flag "disable"', None, look("flag.show", "disable")),
    ("show flag resume-upload", None, look("flag.show", "resume-upload")),
    ("show flag list", None, look("flag.show", "list")),
    ("show flag new-search because I want to know", None, look("flag.show", "new-search")),
    ("can you show flag new-search?", None, look("flag.show", "new-search")),
    (f"show flag {APP}/feature-flags/{FLAG_ID}", None, look("flag.show", FLAG_ID)),
    (f"show flag <{APP}/feature-flags/{FLAG_ID}?a=b&amp;c=d>", None, look("flag.show", FLAG_ID)),
    (f"show flag <{APP}/feature-flags/{FLAG_ID}|New search>", None, look("flag.show", FLAG_ID)),
    (f"show flag https://shop.datadoghq.eu/feature-flags/{FLAG_ID}/", None, look("flag.show", FLAG_ID)),
    ("rules new-search in prod", F, look("flag.rules", "new-search", "prod")),
    ("rules new-search in prod", None, look("flag.rules", "new-search", "prod")),
    ("rules new-search in prod", R, look("flag.rules", "new-search", "prod")),
    ("show the rules of flag new-search in prod", None, look("flag.rules", "new-search", "prod")),
    ("what are the rules of new-search in prod?", None, look("flag.rules", "new-search", "prod")),
    ("what\u2019s the targeting of new-search in prod", None, look("flag.rules", "new-search", "prod")),
    ("rules for new-search on prod", F, look("flag.rules", "new-search", "prod")),
    ("rules new-search", F, look("flag.rules", "new-search")),
    ("list rollouts in prod", None, look("rollout.list", "", "prod")),
    ("rollouts in prod", None, look("rollout.list", "", "prod")),
    ("list rollouts of flag checkout-v2", None, look("rollout.list", "checkout-v2")),
    ("list rollouts for checkout-v2 in prod", None, look("rollout.list", "checkout-v2", "prod")),
    ("show rollouts in prod", None, look("rollout.list", "", "prod")),
    ("rollout status checkout-v2 in prod", None, look("rollout.status", "checkout-v2", "prod")),
    ("status checkout-v2 in prod?", R, look("rollout.status", "checkout-v2", "prod")),
    ("status of rollout checkout-v2 in prod", None, look("rollout.status", "checkout-v2", "prod")),
    ("show rollout checkout-v2 in prod", None, look("rollout.status", "checkout-v2", "prod")),
    (f"rollout status {APP}/feature-flags/{FLAG_ID} in prod", None, look("rollout.status", FLAG_ID, "prod")),
    ("list environments", None, look("environment.list")),
    ("list envs", None, look("environment.list")),
    ("show environment prod", None, look("environment.show", "prod")),
    ("show env 'EU staging'", None, look("environment.show", "EU staging")),
    ("list tests", None, look("test.list")),
    ("list paused tests", None, look("test.list", "", None, "paused")),
    ("list synthetic tests team:shop", None, look("test.list", "team:shop")),
    ("show test checkout-api", None, look("test.show", "checkout-api")),
    ("test status checkout-api", None, look("test.show", "checkout-api")),
    (f"show test {APP}/synthetics/details/abc-def-ghi", None, look("test.show", "abc-def-ghi")),
    ("list deployments", None, look("deployment.list")),
    ("list running deployments", None, look("deployment.list", "", None, "running")),
    ("show deployment abc-def-ghi", None, look("deployment.show", "abc-def-ghi")),
    ("show the running deployment", None, look("deployment.show", "running")),
    (f"show deployment {APP}/fleet/deployments/abc-def-ghi", None, look("deployment.show", "abc-def-ghi")),
    (
        "list",
        None,
        Asks("“list” of what?", ("list flags", "list rollouts", "list environments", "list tests", "list deployments")),
    ),
    ("show new-search", None, Asks("“show” of what?")),
    (
        "status checkout-v2 in prod",
        None,
        Asks("“status” of what?", ("show flag checkout-v2 in prod", "status rollout checkout-v2 in prod")),
    ),
    (
        "rules rollout checkout-v2 in prod",
        None,
        Asks("“rules” is for flag, not for rollouts", ("rules flag checkout-v2 in prod",)),
    ),
    ("list tests in prod", None, Asks("Tests are not looked at by environment", ("list tests",))),
    ("list flags in", None, Asks("A name is missing after “in”")),
    ("list flags in prod in staging", None, Asks("two environments")),
    ("list flags enabled disabled", None, Asks("enabled and disabled in one place")),
    ("list flags and tests", None, Asks("not clear because of “and”")),
    ("list flags not enabled", None, Asks("not clear because of “not”")),
    ("don't list flags", None, Asks("Read as a no", ())),
    ("show flag", None, Asks("Which flag?")),
    ("show all flags new-search", None, Asks("One flag is shown at a time")),
    ("show flag new search", None, Asks("2 words could be it", ('show flag "new search"',))),
    ("show flag n\u0435w-search", None, Asks("CYRILLIC", ("show flag new-search",))),
    ("show flag flag new-search", None, Asks("“flag” is said twice")),
    ("show flag disable in prod", None, Asks("“show” and “disable” at once", ())),
    ("show flag new-search; disable flag new-search in prod", None, Asks("because of “;”", ())),
    ("show flag new-search and disable it in prod", None, Asks("because of “and”", ())),
    ("flag list disable in prod", None, Asks("“list” and “disable” at once", ())),
    ("lsit flags", None, Asks("Did you mean “list”?", ("list flags",))),
    ("show flag https://example.com/feature-flags/abc-def", None, Asks("is not a link to Datadog", ())),
    (
        f"show flag https://app.datadoghq.com.evil.example/feature-flags/{FLAG_ID}",
        None,
        Asks("is not a link to Datadog"),
    ),
    (
        f"show flag https://app.datadoghq.com@evil.example/feature-flags/{FLAG_ID}",
        None,
        Asks("is not a link to Datadog"),
    ),
    (f"show test {APP}/feature-flags/{FLAG_ID}", None, Asks("leads to a flag, and a test is wanted")),
    (f"show flag {APP}/dashboard/abc-def", None, Asks("leads to nothing that can be named here")),
)

LINKED: tuple[Row, ...] = (
    (f"disable flag {APP}/feature-flags/{FLAG_ID} in prod", None, flag("disable", FLAG_ID, "prod")),
    (f"disable <{APP}/feature-flags/{FLAG_ID}|New search> in prod", F, flag("disable", FLAG_ID, "prod")),
    (f"pause {APP}/feature-flags/{FLAG_ID} in prod", R, rollout("pause", FLAG_ID, "prod")),
    (f"pause test <{APP}/synthetics/details/abc-def-ghi>", None, everywhere("test.pause", "abc-def-ghi")),
    (f"cancel deployment {APP}/fleet/deployments/abc-def-ghi", None, everywhere("deployment.cancel", "abc-def-ghi")),
    (f"disable flag {APP}/synthetics/details/abc-def-ghi in prod", None, Asks("leads to a test", ())),
    ("disable flag https://example.com/x in prod", None, Asks("is not a link to Datadog", ())),
)

FORMS: tuple[Row, ...] = (
    ("create flag", None, everywhere("flag.create", "")),
    ("create", F, everywhere("flag.create", "")),
    ("create a flag", None, everywhere("flag.create", "")),
    ("create flag new-checkout-v3", None, everywhere("flag.create", "new-checkout-v3")),
    ("create environment", None, everywhere("environment.create", "")),
    ("create an environment", None, everywhere("environment.create", "")),
    ("create environment eu-canary because Q3", None, everywhere("environment.create", "eu-canary", "Q3")),
    ("edit flag new-search", None, everywhere("flag.edit", "new-search")),
    ("edit environment eu-staging", None, everywhere("environment.edit", "eu-staging")),
    ("add-rule new-search in prod", F, flag("add-rule", "new-search", "prod")),
    ("add rule new-search in prod", F, flag("add-rule", "new-search", "prod")),
    ("add a rule to new-search in prod", None, flag("add-rule", "new-search", "prod")),
    ("flag add-rule new-search in prod because INC-1", None, flag("add-rule", "new-search", "prod", "INC-1")),
    ("replace-rules new-search in prod", None, flag("replace-rules", "new-search", "prod")),
    ("replace the rules of new-search in prod", None, flag("replace-rules", "new-search", "prod")),
    ("don't create flag x1", None, Asks("Read as a no")),
    ("should I create flag x1?", None, Asks("Read as a question", ("create flag x1",))),
    ("created flag x1", None, Asks("something that happened", ("create flag x1",))),
    ("create flag in prod", None, Asks("reaches all environments", ("create flag",))),
    ("create flag a1 and b1", None, Asks("because of “and”", ())),
    ("edit flag", None, Asks("Which flag?")),
)

TWICE: tuple[Row, ...] = (
    ("pause pause rollout checkout-v2 in prod", None, Asks("“pause” is said twice", ())),
    ("pause rollout rollout checkout-v2 in prod", None, Asks("“rollout” is said twice", ())),
    ("disable flag flag flag in prod", None, Asks("“flag” is said twice", ())),
    ("pause rollout pause in prod", None, Asks("“pause” is said twice", ())),
    ('pause rollout "pause" in prod', None, rollout("pause", "pause", "prod")),
    ("disable flag freeze in prod", None, flag("disable", "freeze", "prod")),
    ("disable flag policy in prod", None, flag("disable", "policy", "prod")),
    ("disable flag rules in prod", None, flag("disable", "rules", "prod")),
    ("disable flag status in prod because list is wrong", None, flag("disable", "status", "prod", "list is wrong")),
    ("pause list in prod because history show rules", R, rollout("pause", "list", "prod", "history show rules")),
)

CORPUS: tuple[Row, ...] = (
    *LOOKS,
    *LINKED,
    *FORMS,
    *TWICE,
    *ORDERS,
    *FILLERS,
    *SYNONYMS,
    *NAMES,
    *SLACK,
    *REASONS,
    *SWITCHES,
    *TIMES,
    *LATER,
    *REFUSED,
    *TWO,
    *VERBS,
    *LETTERS,
    *OWN,
    *EVERYWHERE,
)
