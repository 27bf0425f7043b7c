"""The incident panel, announcements of a guardrail, and a watched rollout with what its thread is told."""

from bot.changes.record import Cause
from bot.guards import Guard
from bot.model import Noun, Target
from bot.panel.boards import Watch
from bot.panel.progress import Progress, State
from bot.panel.sights import DeploymentSeen, Trip
from bot.panel.view import DoneRow, FlagRow, PanelView, RolloutRow, TestRow, WaitingRow
from bot.panel.watching import News, WatchView
from handlers.blocks import Message
from handlers.cards.boards import in_shared, let_go, moved_down, panel_stands, watch_stands, watched_already
from handlers.cards.panel import panel, starting
from handlers.cards.watch import begun_message, news_line, trip_message, watch_message
from tests.builders import APPROVER, MINUTE, PRODUCTION, REQUESTER, STAGING, START, a_target
from tests.handlers.scenes.shown import LINK, Scene, line

TRIP = Trip(id="t1", action="PAUSE", metrics=("checkout.error_rate",), at=START - MINUTE)


def row(state: State = State.RUNNING, *, trip: Trip | None = None, enabled: bool = True) -> RolloutRow:
    """Return the usual rollout in a state, at its second of four steps."""
    over, whole = state in (State.STOPPED, State.ABORTED), state is State.FINISHED
    progress = Progress(
        state=state,
        step=0 if over else 4 if whole else 2,
        steps=4,
        ratio=0 if over else 1 if whole else 0.25,
        next_at=START + 20 * MINUTE if state is State.RUNNING else None,
        since=START - 5 * MINUTE,
        trip=trip,
    )
    return RolloutRow(target=a_target(Noun.ROLLOUT), progress=progress, flag_enabled=enabled)


def done(action: str, target: Target, undo: str = "") -> DoneRow:
    """Return a change that was made ten minutes ago."""
    return DoneRow(id="cs-abc234", action=action, target=target, by=REQUESTER, at=START - 10 * MINUTE, undo=undo)


def freeze() -> Guard:
    """Return a freeze of production."""
    until = START + 60 * MINUTE
    return Guard(
        cause=Cause.FREEZE, what="Production", production=True, by=APPROVER, at=START, until=until, why="INC-412"
    )


def full(**more: object) -> PanelView:
    """Return the view of a busy incident."""
    flag = done("flag.disable", a_target(), "cs-abc234.0123456789ab")
    waiting = WaitingRow(
        id="cs-wait22", action="flag.enable", target=a_target(), by=REQUESTER, have=0, need=1, until=START + 25 * MINUTE
    )
    deployment = DeploymentSeen(target=a_target(Noun.DEPLOYMENT), status="running", hosts="2 succeeded of 5 hosts")
    held = row(State.GUARDED, trip=TRIP, enabled=False)
    another = held.target.model_copy(update={"id": "another-schedule", "rule": "Beta testers"})
    view = PanelView(
        where=PRODUCTION,
        guards=(freeze(),),
        rollouts=(row(), held.model_copy(update={"target": another})),
        flags=(FlagRow(last=flag, disable=False),),
        deployments=(deployment,),
        tests=(TestRow(target=a_target(Noun.TEST), until=START + 30 * MINUTE), TestRow(target=a_target(Noun.TEST))),
        waiting=(waiting,),
        actions=(flag, done("rollout.pause", a_target(Noun.ROLLOUT))),
        as_of=START,
        read_at=START - 2 * MINUTE,
    )
    return view.model_copy(update=more)


def watching(shown: RolloutRow | None, end: News | None = None, trouble: str = "") -> WatchView:
    """Return the view of a watched rollout."""
    watch = Watch(channel="C0", ts="1.0", target=a_target(Noun.ROLLOUT), begun_at=START)
    return WatchView(watch=watch, row=shown, end=end, trouble=trouble, as_of=START)


def said(view: WatchView, what: News) -> Message:
    """Return a line of a thread as a message."""
    return line(news_line(view, what))


ABORT = Trip(id="t2", action="ABORT", metrics=("checkout.error_rate", "p99"), at=START)
SCENES: dict[str, Scene] = {
    "panel-full": lambda: panel(full(), {"cs-wait22": LINK}),
    "panel-quiet": lambda: panel(PanelView(where=STAGING, as_of=START, read_at=START), {}),
    "panel-unbound": lambda: starting(None, (PRODUCTION, STAGING), START),
    "panel-starting": lambda: starting(PRODUCTION, (), START),
    "panel-without-datadog": lambda: panel(
        full(trouble="Datadog did not answer.", trouble_since=START - MINUTE, broken=1, unread=12), {}
    ),
    "panel-stands": panel_stands,
    "panel-ended": in_shared,
    "panel-moved-down": lambda: moved_down(LINK),
    "trip-paused": lambda: trip_message(row(State.GUARDED, trip=TRIP)),
    "trip-kept-paused": lambda: trip_message(row(State.GUARDED, trip=TRIP), kept=(APPROVER.id, START)),
    "trip-let-go": let_go,
    "trip-aborted": lambda: trip_message(row(State.ABORTED, trip=ABORT)),
    "watch-stands": watch_stands,
    "watch-stands-already": lambda: watched_already(LINK),
    "watch-begun": lambda: begun_message(a_target(Noun.ROLLOUT), START),
    "watch-running": lambda: watch_message(watching(row())),
    "watch-paused-unread": lambda: watch_message(watching(row(State.PAUSED), trouble="Datadog did not answer.")),
    "watch-finished": lambda: watch_message(watching(row(State.FINISHED), News.FINISHED)),
    "watch-gone": lambda: watch_message(watching(None, News.GONE)),
    **{
        f"watch-{what.value}": lambda what=what: said(watching(row()), what)  # type: ignore[misc]  # a default binds it
        for what in (News.STEP, News.STARTED, News.RESUMED)
    },
    "watch-tripped": lambda: said(watching(row(State.GUARDED, trip=TRIP)), News.GUARDRAIL),
    "watch-stopped": lambda: said(watching(row(State.STOPPED)), News.STOPPED),
}
