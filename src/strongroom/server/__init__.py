"""The HTTP layer: bytes in, bytes out.

Every request that can be read is handed to a `Handler` as an `Exchange`, in batches, one batch for each turn of
the event loop (see `batching`). The layer knows nothing of signatures, operations or records.
"""

from strongroom.server.exchange import Exchange, Handler
from strongroom.server.limits import Limits
from strongroom.server.listen import ListenAddress, Listener
from strongroom.server.supervisor import Supervisor
from strongroom.server.worker import run_worker_loop

__all__ = ["Exchange", "Handler", "Limits", "ListenAddress", "Listener", "Supervisor", "run_worker_loop"]
