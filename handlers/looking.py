"""The room of looks: what somebody asks to see is found, drawn, and shown to them alone."""

from bot.action import Place
from bot.actions import READ_BY_NAME
from bot.controls import Controls
from bot.grammar.command import Look
from bot.looking.answering import Looking
from handlers.blocks import Message
from handlers.cards.looks.draw import drawn


class Looks:
    """Answers what people ask to see; the channel's environment is meant where none is named."""

    def __init__(self, looking: Looking, controls: Controls) -> None:
        self._looking = looking
        self._controls = controls

    async def answer(self, look: Look, person: str, channel: str) -> Message:
        """Return what somebody asked to see. Raises what `Looking.see` does."""
        read = READ_BY_NAME[look.what]
        bound = None
        if look.environment is None and read.place is not Place.NEVER:
            bound = await self._controls.bound(channel)
        if bound is None:
            return drawn(await self._looking.see(look, person))
        return drawn(await self._looking.see(look.model_copy(update={"environment": bound.id}), person), bound)
