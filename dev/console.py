"""What the user sees: one line per step with its time, one line per error.

Setting up takes minutes, in tools that print pages. Those go to a log; who waits sees
what is being done, and who meets an error sees the line that tells, and what to do.
"""

import re
import subprocess
import sys
import threading
import time


class StackError(Exception):
    """An expected failure. Its text is one line that says what to do."""


class Step:
    """A line on the terminal for the time something takes.

    On a terminal the time counts up on the spot; elsewhere the line is written
    once at the start and once at the end. ``progress`` may return a short text
    (such as megabytes so far) to show beside the time.
    """

    def __init__(self, title, progress=None):
        self.title = title
        self.progress = progress
        self.out = sys.stderr
        self.live = self.out.isatty()

    def __enter__(self):
        self.start = time.monotonic()
        self.done = threading.Event()
        if self.live:
            self.thread = threading.Thread(target=self._tick, daemon=True)
            self.thread.start()
        else:
            self._write(f"  … {self.title}\n")
        return self

    def __exit__(self, kind, error, trace):
        self.done.set()
        if self.live:
            self.thread.join()
        self._write(self._line("✗" if kind else "✓") + "\n")

    def _line(self, mark):
        seconds = time.monotonic() - self.start
        note = ""
        if self.progress:
            try:
                note = f", {self.progress()}"
            except OSError:
                pass
        line = f"  {mark} {self.title} ({seconds:.0f} s{note})"
        return f"\r\033[K{line}" if self.live else line

    def _tick(self):
        while not self.done.wait(0.5):
            self._write(self._line("…"))

    def _write(self, text):
        encoding = self.out.encoding or "ascii"
        self.out.write(text.encode(encoding, "replace").decode(encoding))
        self.out.flush()


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command, *, log, advice, env=None, cwd=None, text=""):
    """Run a command with its output in a log file.

    :param advice: what the user should do if it fails; the last telling line of
        the output and the path of the log are added
    :param text: what it reads from its standard input
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as stream:
        stream.write(f"$ {' '.join(map(str, command))}\n".encode())
        stream.flush()
        start = stream.tell()
        code = subprocess.run(
            [str(part) for part in command],
            input=text.encode(),
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            check=False,
        ).returncode
    if code:
        with open(log, "rb") as stream:
            stream.seek(start)
            output = stream.read().decode(errors="replace")
        reason = telling_line(output) or f"exit code {code}"
        if "No space left on device" in output:
            reason, advice = "the disk is full", "free some space and run again"
        raise StackError(f"{reason} — {advice} (log: {log})")


def run_and_read(command, *, env, cwd):
    """Run a command without input; return its result, all it said as its ``stdout``."""
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def telling_line(text):
    """The line of a tool's output that says most about why it failed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in reversed(lines):
        if re.match(r"[\w.]*(Error|Exception|Undefined\w*): .", line):
            return line[:300]
    for marker in ("E: ", "ERROR: ", "CRITICAL", "ERROR", "FATAL", "rror: "):
        for line in reversed(lines):
            if marker in line:
                return line[:300]
    return lines[-1][:300] if lines else ""
