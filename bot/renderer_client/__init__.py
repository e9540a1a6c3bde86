"""The bot's side of the renderer process: spawn, handshake, deadlines, heartbeat, respawn, stderr into the log.

`RendererClient.render` gives a `Done` or raises one of `bot.renderer_client.errors`, each named by what happens next.
"""

from bot.renderer_client.child import Timeouts
from bot.renderer_client.client import Backoff, RendererClient
from bot.renderer_client.errors import Rejected, RenderCancelled, RendererDied, RendererError, RenderFailed

__all__ = [
    "Backoff",
    "Rejected",
    "RenderCancelled",
    "RenderFailed",
    "RendererClient",
    "RendererDied",
    "RendererError",
    "Timeouts",
]
