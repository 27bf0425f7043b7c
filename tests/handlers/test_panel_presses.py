"""What a press on a panel says where the press alone does not do."""

from bot.errors import AskAgain
from bot.grammar.command import Command
from bot.grammar.parser import parse
from bot.model import Noun
from bot.panel.opening import to_watch
from handlers.panel import names
from handlers.panel.presses import to_type
from tests.builders import a_target


def test_a_missing_reason_is_asked_for_with_the_command_to_type() -> None:
    """Policy may want a reason, which no button carries: the sentence has the very command, which can be read."""
    said = to_type(AskAgain("Policy asks for a reason here."), "rollout.pause", a_target(Noun.ROLLOUT)).next_step
    assert said == "Type it with what is missing: `/ops pause rollout checkout-v2 in Production because …`."
    read = parse(said.split("`")[1].removeprefix("/ops "))
    assert isinstance(read, Command)
    assert read.action == "rollout.pause"


def test_choices_to_watch_never_change_anything() -> None:
    """What would pause becomes watching, and whatever else was offered is left out."""
    offered = (("Pause rollout a", "pause rollout a in prod"), ("Disable flag a in prod", "disable flag a in prod"))
    assert to_watch(offered) == (("a", "watch a in prod"),)


def test_a_buttons_value_is_made_of_ids_and_fits() -> None:
    """It names rollout, flag and environment by id, and is never longer than Slack takes."""
    target = a_target(Noun.ROLLOUT)
    assert names.value_of(target).split(" ") == [target.id, target.flag_id, target.environment.id]  # type: ignore[union-attr]  # it has one
    assert len(names.value_of(target.model_copy(update={"id": "x" * 9_000}))) == 2000
