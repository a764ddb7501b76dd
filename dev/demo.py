"""``make demo``: Odoo with demo data, its cron, and a place for its mail.

An add-on that mails people and posts in chat rooms is only understood with the mails
and posts beside it, and must not reach anybody real. So two processes run, Odoo and
``mailsink.py``, end together, and leave no one behind when this one is killed.
"""

import ctypes
import fcntl
import signal
import socket
import subprocess
import time
import urllib.request

import databases
import install
import settings
from console import StackError, Step, say, telling_line
from databases import environment, sql
from settings import DEV, LOGS, MAILS, VENV

ADDRESS = "127.0.0.1"
# Any that looks like one of Mattermost's.
CHAT_TOKEN = "3ccdd113474722377935511fc85d3dd4"


def demo(args, setup):
    """Set up, start, say where it is, and run until Ctrl-C.

    With ``--check`` stop as soon as Odoo answers.
    """
    settings.STACK.mkdir(parents=True, exist_ok=True)
    with open(settings.STACK / "demo.lock", "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(
                f"the demo is running already at {url()}: "
                "use it, or stop it with Ctrl-C where it runs"
            ) from None
        check_ports()
        setup()
        name = databases.demo()
        set_base_url(name)
        open_chat_room(name)
        serve(name, check="--check" in args)


def url():
    return f"http://localhost:{settings.http_port()}"


def check_ports():
    ports = {
        "HTTP_PORT": settings.http_port(),
        "SMTP_PORT": settings.smtp_port(),
        "MAIL_PORT": settings.mail_port(),
    }
    if len(set(ports.values())) < len(ports):
        raise StackError(f"{', '.join(ports)} must differ")
    for variable, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, port))
            except OSError as error:
                raise StackError(
                    f"port {port} cannot be used ({error.strerror}): "
                    f"free it, or choose another one with {variable}=…"
                ) from None


def set_base_url(name):
    """Let the links in mails lead to where Odoo listens this time."""
    sql(
        f"UPDATE ir_config_parameter SET value = '{url()}' WHERE key = 'web.base.url'",
        database=name,
    )


def open_chat_room(name):
    """Let the demo's chat room be the one beside the mails, as if in Mattermost."""
    found = sql("SELECT to_regclass('helpdesk_escalation_chat_room')", database=name)
    if found == [[""]]:
        return
    address = f"mmost://localhost:{settings.mail_port()}/{CHAT_TOKEN}"
    sql(
        f"""
        UPDATE helpdesk_escalation_chat_room
           SET kind = 'address', service = 'Mattermost', secret = '{address}',
               error = NULL
         WHERE id = (SELECT res_id FROM ir_model_data
                      WHERE module = 'helpdesk_escalation_chat'
                        AND name = 'room_support');
        INSERT INTO ir_config_parameter (key, value)
             VALUES ('helpdesk_escalation_chat.private_hosts', 'localhost')
        ON CONFLICT (key) DO NOTHING
        """,
        database=name,
    )


def serve(name, check):
    python = VENV / "bin/python"
    ports = [settings.smtp_port(), settings.mail_port()]
    log = LOGS / "demo-server.log"
    install.remove(log)
    children = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        with Step("Start Odoo"):
            children += [
                spawn("mail sink", log, python, DEV / "mailsink.py", MAILS, *ports),
                spawn("Odoo", log, python, "-m", "odoo", "-d", name),
            ]
            wait_until_up(children, log)
        say(
            f"""
  Odoo    {url()}/odoo   login admin, password admin
  Mails   http://localhost:{settings.mail_port()}   all that Odoo sends arrives here
  Chat    http://localhost:{settings.mail_port()}/chat   the room of the Support team
  Log     {log}
"""
        )
        if check:
            return
        say("  Ctrl-C stops it.")
        while True:
            watch(children, log)
            time.sleep(1)
    except KeyboardInterrupt:
        say("\n  stopped")
    finally:
        for _title, child in reversed(children):
            child.terminate()
        for _title, child in reversed(children):
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()


def spawn(title, log, *command):
    """Start a child that Ctrl-C does not reach, and that ends when we do."""
    libc = ctypes.CDLL(None)
    with open(log, "ab") as stream:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=environment(),
            start_new_session=True,
            preexec_fn=lambda: libc.prctl(1, signal.SIGTERM),  # PR_SET_PDEATHSIG
        )
    return title, child


def watch(children, log):
    for title, child in children:
        if child.poll() is not None:
            reason = telling_line(log.read_text(errors="replace"))
            raise StackError(f"{title} ended: {reason} — run again (log: {log})")


def wait_until_up(children, log, port=None):
    """Wait until Odoo answers, and beside it (without a port) the mail sink."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        watch(children, log)
        try:
            health = f"http://{ADDRESS}:{port or settings.http_port()}/web/health"
            with urllib.request.urlopen(health, timeout=60):
                pass
            if port:
                return
            with socket.create_connection((ADDRESS, settings.mail_port()), 5):
                return
        except OSError:
            time.sleep(0.2)
    raise StackError(f"Odoo does not answer after 3 minutes — see {log}, run again")


def in_use():
    """Whether a demo runs from this stack."""
    path = settings.STACK / "demo.lock"
    if not path.exists():
        return False
    with open(path, "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
