"""What the addon costs everybody else: the same with it and without, in turns.

Two copies of one database, one with the addon, and a second one without to see how
much two measurements of the same differ. A turn does the same work in each of the
three, in another order each time; what is compared are the pairs of each turn.

Each has a process of its own: what Python remembers of one Odoo, the next one in the
same process would push out, at nearly twice the time for all of them.
"""

import gc
import itertools
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

import odoo_db
from lxml import etree
from measure import cost, percent, ratio_of_pairs, row

from odoo.api import Environment
from odoo.modules.registry import Registry
from odoo.tools import config


class Worker:
    """Does things in one of the databases, as a user, as one request does them."""

    def __init__(self, database):
        self.database = database
        self.registry = Registry(database)
        with odoo_db.environment(database, mail_notify_force_send=False) as env:
            tickets = env["helpdesk.ticket"].search([], order="id", limit=2000)
            self.user = tickets[0].team_id.user_id.id
            tickets = tickets.filtered(lambda ticket: ticket.team_id.user_id)
            self.tickets = tickets.ids
            self.partners = tickets.partner_id.ids
            for ticket in tickets:
                # The client is mailed what is posted, as in real life.
                ticket.message_subscribe(ticket.partner_id.ids)
            self.team = tickets[0].team_id.id
            self.client = tickets[0].partner_id.id
            self.list = self._list_fields(env(user=self.user))
            env.cr.commit()

    def _list_fields(self, env):
        """What the web client asks for, for the columns of the list."""
        views = env["helpdesk.ticket"].get_views([(False, "list")])
        fields = views["models"]["helpdesk.ticket"]["fields"]
        arch = etree.fromstring(views["views"]["list"]["arch"])
        return {
            node.get("name"): {"fields": {"display_name": {}}}
            if fields[node.get("name")]["type"] in ("many2one", "many2many", "one2many")
            else {}
            for node in arch.iter("field")
        }

    def request(self, work, turn):
        """Do some work in a transaction of its own, return what it cost."""
        with self.registry.cursor() as cr:
            env = Environment(
                cr, self.user, {"lang": "en_US", "mail_notify_force_send": False}
            )

            def whole():
                work(self, env, turn)
                env.flush_all()

            return cost(cr, whole)


def server(database):
    """A process that works in one database, and in nothing else."""
    return ProcessPoolExecutor(
        1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_serve,
        initargs=(database,),
    )


def _serve(database):
    global worker
    config.parse_config([], setup_logging=False)
    worker = Worker(database)
    # What stays needs no looking through before each measurement.
    gc.collect()
    gc.freeze()


def _request(work, turn):
    return worker.request(work, turn)


def post_answer(worker, env, turn):
    ticket = env["helpdesk.ticket"].browse(worker.tickets[turn % len(worker.tickets)])
    ticket.message_post(
        body="<p>On it</p>", message_type="comment", subtype_xmlid="mail.mt_comment"
    )


def post_word_of_client(worker, env, turn):
    ticket = env["helpdesk.ticket"].browse(worker.tickets[turn % len(worker.tickets)])
    ticket.sudo().message_post(
        body="<p>Well?</p>",
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
        author_id=ticket.sudo().partner_id.id,
    )


def post_elsewhere(worker, env, turn):
    partner = env["res.partner"].browse(worker.partners[turn % len(worker.partners)])
    partner.sudo().message_post(body="<p>Called back</p>")


def create_ticket(worker, env, turn):
    env["helpdesk.ticket"].create(
        {
            "name": f"The printer {turn} is on fire",
            "description": "<p>Please help</p>",
            "team_id": worker.team,
            "partner_id": worker.client,
        }
    )


def open_list(worker, env, turn):
    env["helpdesk.ticket"].web_search_read([], worker.list, limit=80)


def open_list_without_our_columns(worker, env, turn):
    columns = {
        name: fields
        for name, fields in worker.list.items()
        if not name.startswith("escalation_")
    }
    env["helpdesk.ticket"].web_search_read([], columns, limit=80)


def measure(with_addon, without, without_too, turns):
    names = (without, without_too, with_addon)
    for name in names:
        odoo_db.pack(name)
    rows = []
    with ExitStack() as stack:
        plain, plain_too, ours = [stack.enter_context(server(name)) for name in names]
        for title, work, limit, more_queries in (
            ("An answer on a ticket", post_answer, 3, 1),
            ("A client's word on a ticket", post_word_of_client, 3, 1),
            ("A message on a contact", post_elsewhere, None, 0),
            ("A new ticket", create_ticket, 3, None),
            ("The list of 80 tickets", open_list, 5, None),
        ):
            places = [(plain, work), (plain_too, work), (ours, work)]
            rows += _compare(title, places, turns, limit, more_queries)
        less = open_list_without_our_columns
        places = [(ours, less), (ours, less), (ours, open_list)]
        rows += _compare("Of it our two columns alone", places, turns)
    return rows


def _compare(title, places, turns, limit=None, more_queries=None):
    """Let the first place, the second, which is to show the noise, and ours take turns.

    :param places: three pairs of a server and the work it does
    """
    orders = itertools.cycle(itertools.permutations(range(len(places))))
    seconds = [[] for _place in places]
    queries = [[] for _place in places]
    for turn in range(-6, turns):
        for place in next(orders):
            server, work = places[place]
            one = server.submit(_request, work, turn + 6).result()
            if turn >= 0:  # the first ones only warm up
                seconds[place].append(one.seconds)
                queries[place].append(one.queries)
    plain, plain_too, ours = seconds
    ratio, noise = ratio_of_pairs(ours, plain)
    same, _noise = ratio_of_pairs(plain_too, plain)
    milliseconds = 1000 * sorted(plain)[len(plain) // 2]
    extra = sorted(queries[2])[turns // 2] - sorted(queries[0])[turns // 2]
    rows = [
        row(
            f"{title}, {turns} times",
            f"{percent(ratio)} ± {100 * noise:.1f} % of {milliseconds:.1f} ms "
            f"(the same twice: {percent(same)})",
            f"{limit} %" if limit is not None else None,
            ratio <= 1 + limit / 100 if limit is not None else None,
        )
    ]
    rows.append(
        row(
            "Its queries",
            f"{sorted(queries[0])[turns // 2]} without, {extra} more with",
            f"{more_queries} more" if more_queries is not None else None,
            extra <= more_queries if more_queries is not None else None,
        )
    )
    return rows
