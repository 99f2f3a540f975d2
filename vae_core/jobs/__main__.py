"""The runner process, started by the server: ``python -m vae_core.jobs``.

Commands come as JSON lines on standard input: {"submit": folder, "anew": whether even if the same
was computed before} or {"asked": folder, "wishes": all of them}. The end of the input means that
the server is gone, however it went; then everything is closed. What the server must know of runs
whatever the disk does goes out as JSON lines on standard output, see ``vae_core.jobs.statuses``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from vae_core.jobs.dispatcher import Event


_CLOSE_SECONDS = 10.0


def _read_commands(events: SimpleQueue[Event]) -> None:
    from vae_core.jobs.dispatcher import Asked, Close, Submit
    from vae_core.jobs.requests import Wishes
    from vae_core.jobs.run_folder import RunFolder

    for line in sys.stdin:
        command = json.loads(line)
        if "submit" in command:
            events.put(Submit(RunFolder(Path(command["submit"])), command["anew"]))
        elif "asked" in command:
            events.put(Asked(RunFolder(Path(command["asked"])), Wishes(**command["wishes"])))
    events.put(Close())
    # Whatever hangs meanwhile: workers end by themselves when they find this process gone.
    time.sleep(_CLOSE_SECONDS)
    os._exit(1)


def _own_output() -> TextIO:
    """Standard output for this process alone: others would hold it open, or write into it."""
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return own


def main() -> None:
    """Serve until the input ends."""
    # Imported here: worker processes import this file again, under another name.
    from vae_core.jobs.cluster import Cluster
    from vae_core.jobs.dispatcher import Close, ClusterChanged, Dispatcher

    output = _own_output()

    def tell(news: dict[str, str]) -> None:
        with suppress(OSError):  # the server is gone
            print(json.dumps(news), file=output, flush=True)

    events: SimpleQueue[Event] = SimpleQueue()
    signal.signal(signal.SIGTERM, lambda *_: events.put(Close()))
    threading.Thread(target=_read_commands, args=(events,), daemon=True).start()
    cluster = Cluster(lambda: events.put(ClusterChanged()))
    Dispatcher(cluster, events, tell).run()


if __name__ == "__main__":
    main()
