"""Aliases: given by operators, never in the place of a real name, never for what cannot be undone."""

import pytest

from bot.aliases import Aliases
from bot.errors import AskAgain, NotPermitted, NotUnderstood, TooLate, UnknownTarget
from bot.grammar.command import Command
from bot.model import Noun, Plan, Risk, Target
from bot.policy import Who
from bot.resolver import Resolver
from bot.service import Service
from tests.builders import APPROVER, POLICY, PRODUCTION, REQUESTER, a_plan, a_target
from tests.core.fakes import House

OPERATOR = APPROVER.id
GIVEN = "checkout = flag new-search"


class Named(House):
    """A house with aliases, in which one person operates, and whose flags are known without an environment too."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.policy = POLICY.model_copy(update={"operators": Who(users=(OPERATOR,))})
        self.aliases = Aliases(self.ledger, self.provider, self.rights)
        self.resolver = Resolver(self.provider, self.aliases)
        self.service = Service(self.changes, self.provider, self.resolver, self.rights, self.notifier)
        self.provider.put(a_target(environment=None))
        self.provider.put(a_target(Noun.TEST))

    def called(self, key: str, noun: Noun = Noun.FLAG) -> None:
        """Let something be really called that."""
        other = a_target(noun, key=key, environment=None).model_copy(update={"id": "id-9", "flag_id": "", "name": ""})
        self.provider.put(other)
        if noun is Noun.FLAG:
            self.provider.put(other.model_copy(update={"environment": PRODUCTION}))

    async def found(self, action: str, word: str = "checkout") -> Target:
        """Return what a word means to an action."""
        where = None if action.startswith("test") else "Production"
        return await self.resolver.target(Command(action=action, target=word, environment=where))


@pytest.fixture
def house() -> Named:
    """Give a house with aliases."""
    return Named()


async def test_an_alias_stands_for_a_flag_and_its_rollouts(house: Named) -> None:
    """It is found last, as what it really is, by every action that can be undone."""
    given = await house.aliases.give(GIVEN, OPERATOR)
    assert (given.word, given.noun, given.key, given.by.id) == ("checkout", Noun.FLAG, "new-search", OPERATOR)
    flag = await house.found("flag.disable")
    assert (flag.key, flag.environment) == ("new-search", PRODUCTION)
    rollout = await house.found("rollout.pause")
    assert (rollout.noun, rollout.key) == (Noun.ROLLOUT, "checkout-v2")
    with pytest.raises(UnknownTarget, match="There is no test called checkout"):
        await house.found("test.pause")
    change = await house.submit(target="checkout")
    assert change.plan.target.key == "new-search"


async def test_one_of_a_test(house: Named) -> None:
    """Tests have aliases too, by their names; a flag's command does not know them."""
    await house.aliases.give("probe = test checkout-api", OPERATOR)
    assert (await house.found("test.pause", "probe")).id == "abc-def-ghi"
    with pytest.raises(UnknownTarget):
        await house.found("flag.disable", "probe")


@pytest.mark.parametrize("text", ["checkout = new-search", 'checkout="New search"', f"checkout = flag {a_target().id}"])
async def test_what_it_stands_for_is_named_exactly(house: Named, text: str) -> None:
    """Key, name or id name it; a flag is meant where nothing is said."""
    assert (await house.aliases.give(text, OPERATOR)).key == "new-search"


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("checkout", NotUnderstood, "“=”"),
        ("checkout =", NotUnderstood, "“=”"),
        ("= flag new-search", NotUnderstood, "“=”"),
        ("two words = flag new-search", NotUnderstood, "cannot be an alias"),
        ("prod? = flag new-search", NotUnderstood, "cannot be an alias"),
        ("disable = flag new-search", NotUnderstood, "cannot be an alias"),
        ("all = flag new-search", NotUnderstood, "cannot be an alias"),
        ("2h = flag new-search", NotUnderstood, "cannot be an alias"),
        ("chеckout = flag new-search", NotUnderstood, "cannot be an alias"),  # noqa: RUF001  the look-alike is what it is about
        (f"{'c' * 61} = flag new-search", NotUnderstood, "cannot be an alias"),
        ("checkout = flag", NotUnderstood, "is not one flag or test"),
        ("checkout = flag new search", NotUnderstood, "is not one flag or test"),
        ("checkout = rollout checkout-v2", NotUnderstood, "answers to its flag's aliases"),
        ("checkout = deployment abc-def-ghi", NotUnderstood, "has no aliases"),
        ("checkout = flag new-serch", UnknownTarget, "There is no flag called"),
        ("new-search = test checkout-api", AskAgain, "There is a flag called new-search"),
        ("New-Search = test checkout-api", AskAgain, "There is a flag called New-Search"),
        ("checkout-api = flag new-search", AskAgain, "There is a test called checkout-api"),
        ("staging = flag new-search", AskAgain, "There is an environment called staging"),
    ],
)
async def test_what_cannot_be_an_alias(house: Named, text: str, error: type[AskAgain], said: str) -> None:
    """Words of the grammar, look-alikes and real names are refused, and what is not exactly one thing."""
    with pytest.raises(error, match=said):
        await house.aliases.give(text, OPERATOR)
    assert await house.aliases.all(REQUESTER.id) == ()


async def test_near_names_are_whole_commands(house: Named) -> None:
    """Whoever mistyped what it is to stand for may pick what was meant."""
    with pytest.raises(UnknownTarget) as asked:
        await house.aliases.give("checkout = flag new-serch", OPERATOR)
    assert asked.value.choices == (("new-search", "alias checkout = flag new-search"),)


async def test_only_operators_give_and_take_away(house: Named) -> None:
    """Everybody else is told who may; everybody reads the list."""
    with pytest.raises(NotPermitted, match="Only operators give an alias"):
        await house.aliases.give(GIVEN, REQUESTER.id)
    await house.aliases.give(GIVEN, OPERATOR)
    with pytest.raises(NotPermitted, match="Only operators take an alias away"):
        await house.aliases.take_away("checkout", REQUESTER.id)
    assert [one.word for one in await house.aliases.all(REQUESTER.id)] == ["checkout"]


async def test_one_that_was_taken_away_means_nothing(house: Named) -> None:
    """After that the word is unknown, can be given anew, and all of it is in the chain by whoever did it."""
    await house.aliases.give(GIVEN, OPERATOR, "d1")
    await house.aliases.take_away("checkout", OPERATOR, "d2")
    with pytest.raises(UnknownTarget):
        await house.found("flag.disable")
    with pytest.raises(TooLate, match="is no alias"):
        await house.aliases.take_away("checkout", OPERATOR)
    await house.aliases.give("checkout = test checkout-api", OPERATOR, "d3")
    assert [one.noun for one in await house.aliases.all(OPERATOR)] == [Noun.TEST]
    trail = await house.records.trail("alias", "checkout")
    assert [(entry.event.name, entry.event.by.id) for entry in trail] == [
        ("put", OPERATOR),
        ("removed", OPERATOR),
        ("put", OPERATOR),
    ]


async def test_a_real_name_wins_whenever_it_comes(house: Named) -> None:
    """A flag that is made later under that key is what the word means from then on, for flags and for rollouts."""
    await house.aliases.give(GIVEN, OPERATOR)
    house.called("checkout")
    assert (await house.found("flag.disable")).id == "id-9"
    with pytest.raises(UnknownTarget, match="There is no rollout called checkout"):
        await house.found("rollout.pause")
    assert await house.aliases.used("checkout", await house.found("flag.disable")) is None


async def test_what_it_stood_for_is_gone(house: Named) -> None:
    """It never moves on to another flag, not even to one of the same key."""
    await house.aliases.give(GIVEN, OPERATOR)
    house.provider.things.clear()
    another = a_target().model_copy(update={"id": "id-9", "flag_id": "id-9"})
    house.provider.put(another)
    with pytest.raises(UnknownTarget, match="checkout stands for flag new-search, and nothing like that is there"):
        await house.found("flag.disable")


async def test_what_cannot_be_undone_wants_the_real_name(house: Named) -> None:
    """An irreversible action is refused by alias, and so is a plan that turns out to be one; the real key serves."""
    await house.aliases.give(GIVEN, OPERATOR)
    with pytest.raises(NotPermitted, match="checkout is an alias"):
        await house.aliases.meant(Noun.FLAG, Risk.IRREVERSIBLE, "checkout")
    grave: Plan = a_plan().model_copy(update={"risk": Risk.IRREVERSIBLE})
    with pytest.raises(NotPermitted, match="Type its own key: new-search"):
        await house.resolver.check("checkout", grave)
    await house.resolver.check("new-search", grave)
    await house.resolver.check("checkout", a_plan())


async def test_a_plan_is_checked_before_anything_is_recorded(house: Named) -> None:
    """A request by alias whose plan cannot be undone is refused at the door, dry run or not."""
    await house.aliases.give(GIVEN, OPERATOR)
    seen: list[str] = []

    class Grave(Resolver):
        """Takes every plan for one that cannot be undone."""

        async def check(self, word: str, plan: Plan) -> None:
            seen.append(word)
            await super().check(word, plan.model_copy(update={"risk": Risk.IRREVERSIBLE}))

    resolver = Grave(house.provider, house.aliases)
    house.service = Service(house.changes, house.provider, resolver, house.rights, house.notifier)
    with pytest.raises(NotPermitted, match="checkout is an alias"):
        await house.submit(target="checkout")
    command = Command(action="flag.disable", target="checkout", environment="Production")
    with pytest.raises(NotPermitted, match="checkout is an alias"):
        await house.service.rehearse(command, REQUESTER.id)
    assert await house.changes.active() == ()
    assert (await house.submit()).plan.target.key == "new-search"
    assert seen == ["checkout", "checkout", "new-search"]


async def test_whoever_used_it_is_told(house: Named) -> None:
    """What was called by alias is known as that; an own name, a tag and another thing's alias are not."""
    await house.aliases.give(GIVEN, OPERATOR)
    target = await house.found("flag.disable")
    assert (used := await house.aliases.used("checkout", target)) is not None
    assert used.key == "new-search"
    assert await house.aliases.used("new-search", target) is None
    assert await house.aliases.used("checkout", a_target(Noun.TEST)) is None
    assert await house.aliases.used("https://app.datadoghq.com/x", target) is None
