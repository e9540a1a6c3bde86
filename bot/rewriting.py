"""An episode's shot that is rendered again with other words, seed or pin: changed where it is written, and queued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot import arranging
from bot.directing import Ordered
from bot.orders import Accepted
from bot.refusal import Refused
from db import episodes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiosqlite import Connection

    from bot.directing import Wish
    from bot.episodes import Writing
    from bot.production import Production
    from bot.proofs import Who
    from db.connection import Database
    from db.models import Job, Shot
    from db.writing import Episode


class Rewriting:
    """Changes a written shot for who may edit its episode, and has it alone rendered again: both or neither.

    Once the take is there, the episode is cut anew as for any other take that is chosen.
    """

    def __init__(self, database: Database, writing: Writing, production: Production) -> None:
        self._database = database
        self._writing = writing
        self._production = production

    async def __call__(
        self, shot: Shot, wish: Wish, who: Who, another: Callable[[Connection], Awaitable[Job]]
    ) -> Ordered | Job:
        """Change and queue; see `bot.directing.Rewriter`.

        Raises:
            StaleEdit: the episode was edited since the wish's version.
            Refused: the member may not edit it, what they wrote cannot be, or a limit is reached.
        """
        episode = await episodes.holding(self._database.reading(), shot.id)
        if episode is None:
            raise Refused("refused-take-gone")
        part_id = next(one.id for one in episode.shots if one.shot_id == shot.id)

        def alter(before: Episode) -> Episode:
            label = arranging.label_of(before, part_id)
            if label is None:
                raise Refused("refused-part-gone")
            values: dict[str, Any] = {"words": wish.words}
            if wish.seed is not None:
                values["seed"] = wish.seed
            if wish.pin_strength not in {None, shot.pin_strength}:
                values["pin_strength"] = wish.pin_strength
            return arranging.changed_shot(before, label, **values)

        # A wish without a version is from an editor that knew of no episode: whatever it read may be outdated.
        proof = await self._writing.proofread(who, episode.number, alter, wish.version or 0)

        async def keep(writer: Connection) -> None:
            # A version in which nothing changed would void quotes, and the texts of who edits just now.
            if proof.after != await episodes.get(writer, episode.id):
                await self._writing.keep(writer, who, proof.after)

        made = await self._production.retake(proof.after, part_id, who, keep, another)
        if not isinstance(made, Accepted):
            return made
        return Ordered(made.shot, made.job, made.report, made.place, made.eta_s)
