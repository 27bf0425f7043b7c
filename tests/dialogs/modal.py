"""A modal before somebody: chosen in, looked through, sent, over HTTP as in the page."""

from collections.abc import Callable
from typing import Any

from bot.sandbox.person import Json
from tests.dialogs.stage import Stage

Values = dict[str, dict[str, Any]]


class Modal:
    """What one person does in the modal before them; what was entered stays, as in Slack."""

    def __init__(self, stage: Stage, who: str) -> None:
        self.stage = stage
        self.who = who
        self.values: Values = {}

    async def see(self, wanted: Callable[[Json], bool] = lambda _: True) -> Json:
        """Wait until the modal is as wanted, and return it."""

        async def look() -> Json | None:
            modal: Json | None = (await self.stage.people.state(self.who))["modal"]
            return modal if modal is not None and wanted(modal) else None

        return await self.stage.until(look, self._instead)

    async def reads(self, fragment: str) -> Json:
        """Wait until the modal says something."""
        return await self.see(lambda view: fragment in words(view))

    async def titled(self, title: str) -> Json:
        """Wait until the modal is called so."""
        return await self.see(lambda view: view["title"]["text"] == title)

    async def closes(self) -> None:
        """Wait until there is no modal any more."""

        async def look() -> bool | None:
            return (await self.stage.people.state(self.who))["modal"] is None or None

        await self.stage.until(look, self._instead)

    async def offers(self, label: str, query: str = "") -> dict[str, str]:
        """Return what a select suggests for a text, value by label."""
        view = await self.see()
        block = field(view, label)
        outcome = await self.stage.people.act(
            "suggest",
            **{"as": self.who},
            view_id=view["id"],
            action_id=block["element"]["action_id"],
            block_id=block["block_id"],
            query=query,
        )
        assert outcome["outcome"] == "acked", outcome
        return {str(one["text"]["text"]): str(one["value"]) for one in outcome["options"]}

    async def pick(self, label: str, option: str, query: str = "") -> None:
        """Choose something by what it is called, in a list or among what is suggested."""
        view = await self.see(lambda shown: any(one.get("label", {}).get("text") == label for one in shown["blocks"]))
        element = field(view, label)["element"]
        if element["type"] == "external_select":
            value = (await self.offers(label, query or option))[option]
        else:
            groups = [option for group in element.get("option_groups", ()) for option in group["options"]]
            value = next(
                one["value"] for one in [*element.get("options", ()), *groups] if one["text"]["text"] == option
            )
        await self.press(view, field(view, label), value)

    async def press(self, view: Json, block: Json, value: Any) -> None:
        """Give an element a value, as a choice does, and let the bot take it."""
        action = block["element"]["action_id"]
        outcome = await self.stage.people.act(
            "press",
            **{"as": self.who},
            view_id=view["id"],
            action_id=action,
            block_id=block["block_id"],
            value=value,
            values=self.values,
        )
        assert outcome["outcome"] == "acked", outcome
        self.values.setdefault(block["block_id"], {})[action] = value

    async def push(self, label: str) -> None:
        """Press a button in the modal."""
        view = await self.see()
        buttons = [one for block in view["blocks"] for one in block.get("elements", ()) if one.get("type") == "button"]
        action = next(one["action_id"] for one in buttons if one["text"]["text"] == label)
        where = {"view_id": view["id"], "action_id": action}
        outcome = await self.stage.people.act("press", **{"as": self.who}, **where, values=self._present(view))
        assert outcome["outcome"] == "acked", outcome

    async def type(self, label: str, text: Any) -> None:
        """Enter something, without anybody being told yet."""
        block = field(await self.see(), label)
        self.values.setdefault(block["block_id"], {})[block["element"]["action_id"]] = text

    async def send(self) -> Json:
        """Send the modal, and return what became of it."""
        view = await self.see()
        return await self.stage.people.send(self.who, view, self._present(view))

    def _present(self, view: Json) -> Values:
        present = {block["block_id"] for block in view["blocks"]}
        return {block: entered for block, entered in self.values.items() if block in present}

    async def _instead(self) -> str:
        modal = (await self.stage.people.state(self.who))["modal"]
        heard = [message["text"] for message in await self.stage.heard(self.who)]
        return f"{modal and words(modal)} … heard {heard}"


def field(view: Json, label: str) -> Json:
    """Return the field of a modal by its label."""
    labels = [block["label"]["text"] for block in view["blocks"] if block["type"] == "input"]
    assert label in labels, f"there is no {label} among {labels}"
    return next(b for b in view["blocks"] if b["type"] == "input" and b["label"]["text"] == label)


def words(view: Json) -> str:
    """Return everything a modal says beside its fields."""
    texts = [block["text"]["text"] for block in view["blocks"] if block["type"] in ("section", "header")]
    small = [one["text"] for block in view["blocks"] if block["type"] == "context" for one in block["elements"]]
    return "\n".join([*texts, *small])
