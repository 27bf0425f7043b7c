"""
What somebody is putting together in a modal, carried from step to step in the modal's own metadata.

It is a change, a look at something, or a command of the bot's own with the words that belong to it.

Slack gives the metadata back as it was sent, in deliveries that it signs; what was chosen since then is in the
values of the modal, which win.
"""

from collections.abc import Mapping

from pydantic import ValidationError

from bot.action import Place
from bot.actions import BY_NAME, CONTROL_BY_VERB, READ_BY_NAME, Action, Control, Read
from bot.grammar.command import Command, Look
from bot.grammar.durations import LONGEST
from bot.model import Facts, Noun, Target, Value
from handlers import ids
from handlers.blocks import MAX_METADATA

WHAT, WHERE, WHY, HOW_LONG, WORDS = "what", "where", "why", "how_long", "words"

Values = Mapping[str, Mapping[str, str | None]]


class Draft(Value):
    """
    What is known so far.

    `action` is the name of a change or a look, or the verb of a command of the bot's own, which takes `words`. `target`
    and `environment` are ids where they were chosen, and as typed where they come from a command; `noun` narrows what
    can be asked for. `filled` are the fields of a form that held something at first.
    """

    channel: str = ""
    thread: str = ""
    noun: Noun | None = None
    action: str = ""
    target: str = ""
    environment: str = ""
    reason: str = ""
    words: str = ""
    seconds: int | None = None
    glass: bool = False
    filled: tuple[str, ...] = ()

    @classmethod
    def read(cls, metadata: str) -> "Draft":
        """Return the draft in a modal's metadata; an empty one where there is none that can be read."""
        try:
            return cls.model_validate_json(metadata)
        except ValidationError:
            return cls()

    @classmethod
    def of(cls, command: Command, channel: str, thread: str = "") -> "Draft":
        """Return the draft of a command that was typed."""
        return cls(
            channel=channel,
            thread=thread,
            action=command.action,
            target=command.target,
            environment=command.environment or "",
            reason=command.reason,
            seconds=command.seconds,
            glass="break-glass" in command.switches,
        )

    def found(self, target: Target | None, current: Facts) -> "Draft":
        """Return the draft with the target that was found, and with the fields of its form that hold something."""
        if target is None:
            return self
        place = target.environment.id if target.environment else ""
        holds = tuple(name for name, value in current.items() if value not in (None, "", [], {}))
        return self.model_copy(update={"target": target.id, "environment": place, "filled": holds})

    def metadata(self, most: int = MAX_METADATA) -> str:
        """Return the draft as it travels: what was typed and is too long to travel stays behind, to be typed again."""
        left: Facts = {}
        for behind in ("", "reason", "words", "target"):
            left |= {behind: ""} if behind else {}
            text = self.model_copy(update=left).model_dump_json(exclude_defaults=True)
            if len(text) <= most:
                return text
        return self.model_copy(update={**left, "environment": "", "filled": ()}).model_dump_json(exclude_defaults=True)

    @property
    def known(self) -> Action | None:
        """The action, where one was chosen that there is."""
        return BY_NAME.get(self.action)

    @property
    def look(self) -> Read | None:
        """What is to be looked at, where that was chosen."""
        return READ_BY_NAME.get(self.action)

    @property
    def own(self) -> Control | None:
        """The command of the bot's own, where one was chosen."""
        return CONTROL_BY_VERB.get(self.action)

    @property
    def about(self) -> Action | Read | None:
        """What is about one kind of thing: a change or a look."""
        return self.known or self.look

    @property
    def aims(self) -> bool:
        """Whether it is about one thing that has to be named."""
        return self.about is not None and not self.about.makes and not (self.look is not None and self.look.lists)

    @property
    def creates(self) -> bool:
        """Whether the action makes something new, which its form names."""
        return self.known is not None and self.known.makes

    @property
    def placed(self) -> bool:
        """Whether an environment is wanted, or may be named."""
        return self.about is not None and self.about.place is not Place.NEVER

    @property
    def target_block(self) -> str:
        """Where the target is chosen: elsewhere for each list to choose from, so that no choice outlives its list."""
        if self.about is None:
            return "target"
        of = [self.about.noun.value]
        of += ["archived"] if self.about.on_archived else []
        of += [self.environment] if self.about.noun is Noun.ROLLOUT else []
        return ".".join(["target", *of])[:255]

    @property
    def complete(self) -> bool:
        """Whether enough is known for a plan or an answer; of a form's action, for the form."""
        if self.own is not None:
            return bool(self.words) or not self.own.argument.startswith("<")
        if self.about is None or (self.about.place is Place.NEEDED and not self.environment):
            return False
        return bool(self.target) or not self.aims

    def chosen(self, values: Values) -> "Draft":
        """Return the draft with what stands in the guided modal's values."""
        draft = self.model_copy(update={"action": _value(values, WHAT, ids.GUIDE_WHAT) or self.action})
        if draft.placed:
            draft = draft.model_copy(update={"environment": _value(values, WHERE, ids.GUIDE_WHERE) or self.environment})
        same = draft.target_block == self.target_block
        target = _value(values, draft.target_block, ids.GUIDE_TARGET) or (self.target if same else "")
        told = {"target": target, "reason": _value(values, WHY, ids.INPUT), "seconds": _seconds(values)}
        told |= {"words": _value(values, WORDS, ids.INPUT)}
        return draft.model_copy(update=told)

    def command(self, parameters: Facts | None = None) -> Command:
        """Return the command that the draft is."""
        return Command(
            action=self.action,
            target=self.target,
            environment=(self.environment or None) if self.placed else None,
            reason=self.reason,
            seconds=self.seconds if self.known is not None and self.known.inverse else None,
            switches=frozenset({"break-glass"}) if self.glass else frozenset(),
            parameters=parameters or {},
        )

    def wish(self) -> Look:
        """Return the look that the draft is."""
        return Look(what=self.action, target=self.target, environment=self.environment or None)

    @property
    def line(self) -> str:
        """The command of the bot's own that the draft is, as it would be typed."""
        return f"{self.action} {self.words}".strip()


def _value(values: Values, block: str, action: str) -> str:
    return ((values.get(block) or {}).get(action) or "").strip()


def _seconds(values: Values) -> int | None:
    text = _value(values, HOW_LONG, ids.GUIDE_HOW_LONG)
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) <= LONGEST else None
