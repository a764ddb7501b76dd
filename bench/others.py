"""What the addon costs everybody else: the same with it and without, in turns.

Copies of one database: without the addon; a second one without, to see how much two
measurements of the same differ; with the addon and what installs itself beside it; with
all our add-ons. A turn does the same work in each of them, in another order each time;
what is compared are the pairs of each turn.

Each has processes of its own: what Python remembers of one Odoo, the next one in the
same process would push out, at nearly twice the time for all of them.
"""

import gc
import itertools
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

from lxml import etree

from odoo.api import Environment
from odoo.modules.registry import Registry
from odoo.tools import config

from . import odoo_db
from .measure import cost, median, milliseconds, percent, ratio_of_pairs, row


class Worker:
    """Does things in one of the databases, as a user, as one request does them."""

    def __init__(self, database):
        self.registry = Registry(database)
        with odoo_db.environment(database) as env:
            tickets = _get_tickets(env)
            self.user = tickets[0].team_id.user_id.id
            self.tickets = tickets.ids
            self.partners = tickets.partner_id.ids
            self.team = tickets[0].team_id.id
            self.client = tickets[0].partner_id.id
            self.list = self._list_fields(env(user=self.user))

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


def _get_tickets(env):
    tickets = env["helpdesk.ticket"].search([], order="id", limit=2000)
    return tickets.filtered(lambda ticket: ticket.team_id.user_id)


def _prepare(database):
    """Have the clients mailed what is posted, as in real life."""
    with odoo_db.environment(database, mail_notify_force_send=False) as env:
        for ticket in _get_tickets(env):
            ticket.message_subscribe(ticket.partner_id.ids)
        env.cr.commit()


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
    ticket = ticket.with_user(ticket.sudo().user_id)
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


WORKS = (
    # what, the work, its limit in percent, and how many queries more it may take
    ("An answer by the responsible", post_answer, 5, 2),
    ("A client's word on a ticket", post_word_of_client, 5, 1),
    ("A message on a contact", post_elsewhere, None, 0),
    ("A new ticket", create_ticket, 5, None),
    ("The list of 80 tickets", open_list, 0, None),
)
# Of two processes that do the same, one may be some percent slower all its life, by
# where things lie in its memory. So the work is shared out among several of each.
LIVES = 6


def measure(without, without_too, with_addon, with_all, turns):
    names = (without, without_too, with_addon, with_all)
    for name in names:
        _prepare(name)
        odoo_db.pack(name)
    costs = {title: ([], [], [], []) for title, *_work in WORKS}
    columns = ([], [], [])
    lives = min(LIVES, turns)
    each = turns // lives
    for life in range(lives):
        with ExitStack() as stack:
            servers = [stack.enter_context(server(name)) for name in names]
            for title, work, *_limits in WORKS:
                places = [(one, work) for one in servers]
                _take_turns(places, life * each, each, costs[title])
            ours = servers[2]
            less = (ours, open_list_without_our_columns)
            places = [less, less, (ours, open_list)]
            _take_turns(places, life * each, each, columns)
    rows = []
    for title, _work, limit, more_queries in WORKS:
        rows += _compare(title, costs[title], limit, more_queries)
    return rows + _compare("Of it our two columns alone", columns)


def _take_turns(places, first, turns, costs):
    """Let several places do the same in turns: the first, the same again, and ours.

    :param places: pairs of a server and the work it does
    :param int first: the number of the first turn
    :param costs: for each a list that gets what each turn cost
    """
    orders = itertools.cycle(itertools.permutations(range(len(places))))
    for turn in range(-6, turns):
        for place in next(orders):
            server, work = places[place]
            one = server.submit(_request, work, first + max(turn, 0)).result()
            if turn >= 0:  # the first ones only warm up
                costs[place].append(one)


def _compare(title, costs, limit=None, more_queries=None):
    plain, plain_too, ours, *all_ours = (
        [one.seconds for one in of_one] for of_one in costs
    )
    before, _too, after, *after_all = map(median, costs)
    ratio, noise = ratio_of_pairs(ours, plain)
    same, _noise = ratio_of_pairs(plain_too, plain)
    extra = after.queries - before.queries
    rows = [
        row(
            f"{title}, {len(ours)} times",
            f"{percent(ratio)} ± {100 * noise:.1f} % of {milliseconds(before.seconds)} "
            f"(the same twice: {percent(same)})",
            f"{limit} %" if limit is not None else None,
            ratio <= 1 + limit / 100 if limit is not None else None,
        ),
        row(
            "Its queries",
            f"{before.queries:.0f} without, {extra:.0f} more with",
            f"{more_queries} more" if more_queries is not None else None,
            extra <= more_queries if more_queries is not None else None,
        ),
    ]
    for seconds, middle in zip(all_ours, after_all, strict=True):
        ratio, noise = ratio_of_pairs(seconds, plain)
        rows.append(
            row(
                "With all our add-ons",
                f"{percent(ratio)} ± {100 * noise:.1f} %, "
                f"{middle.queries - before.queries:.0f} queries more",
            )
        )
    return rows
