"""
What must hold when everything has come to rest, whatever was done to the processes meanwhile.

`broken` returns each thing that does not hold, with its kind; none is what every scenario asks for.
"""

from typing import Literal, NamedTuple

from bot.actions import BY_NAME, Repeat
from bot.changes.record import ENDED, ChangeRequest, Status
from bot.errors import Tampered
from bot.execution.timeboxes import leg_id
from bot.sandbox.slack.records import Message
from handlers.cards.card import card
from tests.faults.scene import Deed, Scene

DECISIONS = ("change.approve", "change.reject", "change.confirm", "change.cancel", "change.type_name")
_RAN = (Status.APPLYING, Status.APPLIED, Status.SUBMITTED, Status.FAILED, Status.UNKNOWN)


Kind = Literal["chain", "lost", "doubled", "untrue", "card", "copy", "silent", "late", "unsettled"]


class Broken(NamedTuple):
    """One promise that was not kept."""

    kind: Kind
    what: str


async def settled(scene: Scene, *targets: str, within: float = 30) -> dict[str, ChangeRequest]:
    """Wait until these changes have ended, their jobs are gone and their cards are drawn; return their records."""
    try:
        records = await scene.ended(*targets, within=within)
        await scene.queue_is_empty(within)
        await scene.release_drawings()
        await scene.drawn(within)
    except AssertionError as late:
        stand = {key: (await scene.record(key)).status.value for key in targets}
        raise AssertionError(f"{late}: {stand}; {scene.logs()}") from None
    return {key: await scene.record(key) for key in records}


def came_to(record: ChangeRequest, *expected: Status) -> bool:
    """
    Tell whether a change came to one of these.

    On a machine too busy for the short time-outs of these tests Datadog counts as silent; then UNKNOWN is the truth.
    """
    return record.status in expected or (record.status is Status.UNKNOWN and "did not answer" in record.note)


async def broken(scene: Scene, records: dict[str, ChangeRequest]) -> list[Broken]:
    """Return each promise that these changes do not keep."""
    found: list[Broken] = []
    for key, record in records.items():
        found += await _broken_record(scene, key, record)
        found += _broken_cards(key, record, await scene.card_of(key), scene.copies(key))
        found += _broken_notices(key, scene.notices(key))
    return [*found, *_broken_answers(scene, records)]


async def _broken_record(scene: Scene, key: str, record: ChangeRequest) -> list[Broken]:
    found: list[Broken] = []
    try:
        await scene.changes.verified(record.id)
    except Tampered as tampered:
        found.append(Broken("chain", f"{key}: the audit chain does not verify: {tampered}"))
    if record.status not in ENDED and record.status is not Status.UNKNOWN:
        found.append(Broken("lost", f"{key}: it was lost; it is still {record.status}"))
    effects = scene.tally.effects(record.plan.target)
    most = 1 + await _taken_back(scene, record)
    what = "calls that may have taken effect" if _single(record) else "changes of state"
    if effects > most:
        found.append(Broken("doubled", f"{key}: {effects} {what}"))
    if effects and record.status not in _RAN:
        found.append(Broken("untrue", f"{key}: {effects} {what}, though it is {record.status}"))
    if record.status is Status.APPLIED and not effects:
        found.append(Broken("untrue", f"{key}: it is said to be applied, and nothing was"))
    if record.status is Status.FAILED and effects:
        found.append(Broken("untrue", f"{key}: it is said to have failed, and {effects} {what} reached Datadog"))
    return found


async def _taken_back(scene: Scene, record: ChangeRequest) -> bool:
    """Tell whether a change's time box has ended in a second effect, or in one that nobody can tell of."""
    if record.reverts_at is None:
        return False
    leg = await scene.changes.find(leg_id(record.id))
    return leg is not None and leg.change.status in (Status.APPLIED, Status.UNKNOWN)


def _single(record: ChangeRequest) -> bool:
    return BY_NAME[record.plan.action].repeat is Repeat.SINGLE_FLIGHT


def _broken_cards(key: str, record: ChangeRequest, placed: Message | None, copies: list[Message]) -> list[Broken]:
    """The card shows the record, and so does every copy of it; none still offers a decision."""
    found: list[Broken] = []
    if placed is None:
        return [Broken("card", f"{key}: no card speaks of {record.id}")]
    if placed.text != card(record).text:
        found.append(Broken("card", f"{key}: the card says “{placed.text[:90]}”, the record is {record.status}"))
    for copy in copies:
        which = "its card" if copy is placed else "a further copy of its card"
        if left := _offering(copy, record):
            found.append(Broken("copy", f"{key}: it has ended, and {which} still offers {', '.join(left)}"))
        elif copy is not placed and copy.text != card(record).text:
            found.append(Broken("copy", f"{key}: {which} says “{copy.text[:90]}”, the record is {record.status}"))
    return found


def _offering(copy: Message, record: ChangeRequest) -> list[str]:
    """Return the decisions that a message still offers on a change that has ended."""
    offered = {element.get("action_id") for block in copy.blocks for element in block.get("elements", ())}
    return sorted(offered & set(DECISIONS)) if record.ended else []


def _broken_notices(key: str, notices: list[Message]) -> list[Broken]:
    """What a killed process may leave behind says of when it is, and so stays true."""
    undated = [one for one in notices if "<!date^" not in one.text]
    return [Broken("copy", f"{key}: “{one.text[:90]}” was left behind, and does not say when") for one in undated]


def _broken_answers(scene: Scene, records: dict[str, ChangeRequest]) -> list[Broken]:
    """Every command and press was answered: by Slack's own warning, a card, the record, or a sentence."""
    by_id = {record.id: record for record in records.values()}
    return [
        Broken("silent", f"{deed.who}'s {deed.what} ({deed.subject}) was never answered")
        for deed in scene.deeds
        if not _answered(scene, deed, by_id.get(deed.subject))
    ]


def _answered(scene: Scene, deed: Deed, record: ChangeRequest | None) -> bool:
    if not deed.result.ack.ok:
        return deed.result.shown is not None
    if scene.told(deed.who, deed.at):
        return True
    if deed.what == "say":
        return any(float(one.ts) >= deed.at for one in scene.cards(deed.subject))
    person = scene.town.workspace.role(deed.who).id
    return record is not None and any(review.by.id == person for review in record.reviews)
