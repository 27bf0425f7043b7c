"""What can be done to a deployment."""

from types import MappingProxyType

from bot.action import Action, Repeat, Words
from bot.model import Noun, Risk, Scope

DEPLOYMENT: tuple[Action, ...] = (
    Action(
        verb="cancel",
        noun=Noun.DEPLOYMENT,
        scope=Scope.ORG,
        risk=Risk.DISRUPTIVE,
        words=Words(
            title="Cancel deployment",
            doing="Cancelling",
            done="Cancelled",
            after="canceled",
            consequence="Hosts that still wait are left as they are. Nothing that hosts already have is undone.",
        ),
        repeat=Repeat.SINGLE_FLIGHT,
        watches=("deployment_id", "over"),
        effect=MappingProxyType({"status": "canceled"}),
        permissions=("hosts_read", "agent_upgrade_write", "fleet_policies_write"),
        why="the new agent crashes",
    ),
)
