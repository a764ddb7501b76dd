import math
from collections import namedtuple

from odoo import api, models

from ..tools import answer, endpoint, redact

PARAMETER = "helpdesk_escalation_ai."
# The format that the server has understood last.
FORMAT_PARAMETER = f"{PARAMETER}format"
# Of a longer message, no more is sent.
MAX_TEXT = 6_000
# In less no server answers.
LEAST_SECONDS = 0.1
# Of a server that does not count its tokens, by the length of what was sent and read.
CHARACTERS_PER_TOKEN = 3

Settings = namedtuple(
    "Settings",
    ["url", "model", "key", "style", "seconds", "day_calls", "day_tokens"]
    + ["send_names", "send_addresses", "send_files"],
)
Settings.__doc__ = """Where to ask, how, and what may be sent; see the settings."""

Outcome = namedtuple(
    "Outcome", ["kept", "faults", "status", "calls", "tokens", "seconds", "style"]
)
Outcome.__doc__ = """What came of a question.

:ivar kept: what of the answer is as it was asked for
:ivar faults: names of what is not
:ivar status: of HTTP; 0 where the server did not answer, or not in time
:ivar calls: how often the server was asked
:ivar tokens: what that has cost
:ivar seconds: how long it took
:ivar style: the format in which it has answered; None where it has not
"""


class HelpdeskEscalationAi(models.AbstractModel):
    """The language model: what may be sent to it, and how it is asked."""

    _name = "helpdesk.escalation.ai"
    _description = "Language Model"

    @api.model
    def _get_settings(self):
        """Return where and how to ask; None unless it is all set up.

        :rtype: Settings or None
        """
        # Sudo: parameters are the system's; nothing of them is shown.
        get = self.env["ir.config_parameter"].sudo().get_param
        url = endpoint.clean_url(get(f"{PARAMETER}url"))
        model = get(f"{PARAMETER}model")
        if not url or not model:
            return None
        style = get(FORMAT_PARAMETER)
        return Settings(
            url,
            model,
            get(f"{PARAMETER}key"),
            style if style in endpoint.FORMATS else endpoint.FORMATS[0],
            _read_number(get(f"{PARAMETER}seconds"), 20, 120),
            _read_number(get(f"{PARAMETER}day_calls"), 500),
            _read_number(get(f"{PARAMETER}day_tokens"), 500_000),
            bool(get(f"{PARAMETER}send_names")),
            bool(get(f"{PARAMETER}send_addresses")),
            bool(get(f"{PARAMETER}send_files")),
        )

    @api.model
    def _is_on(self, company):
        """Whether a model is asked about the tickets of a company."""
        # Sudo: one setting, which nobody is shown.
        return self._get_settings() is not None and company.sudo().escalation_ai_on

    # ------------------------------------------------------------------
    # What is sent
    # ------------------------------------------------------------------

    @api.model
    def _redact(self, ticket, text, settings):
        """Leave out of a text what may not be sent, as far as the ticket knows it.

        :param ticket: as superuser
        """
        people = ticket._escalation_get_people()
        names = [
            *people.mapped("name"),
            ticket.partner_name,
            *ticket.message_ids.mapped("email_from"),
        ]
        contacts = ticket.partner_id | ticket.commercial_partner_id
        places = [
            contact[name]
            for contact in contacts
            for name in ("street", "street2", "zip", "vat")
        ]
        return redact.redact(
            text,
            redact.split_names(_drop_address(name) for name in names),
            places,
            settings.send_names,
            settings.send_addresses,
        )

    @api.model
    def _get_file_names(self, ticket, settings):
        """Name the files of a ticket, where that is allowed; never what is in them."""
        return ticket.attachment_ids.mapped("name")[:10] if settings.send_files else []

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------

    @api.model
    def _ask(self, question, settings, calls_left):
        """Ask the model. It reads and writes nothing in the database.

        Servers differ in how they want to be told to answer in JSON: some fail, and
        some take it and answer anything. So the next format is tried where one yields
        nothing, as long as there is time.

        :param Question question: what is asked
        :param Settings settings: where, and in how many seconds in all
        :param int calls_left: how often at most
        :rtype: Outcome
        """
        faults, status, calls, tokens, seconds = list(question.keys), 0, 0, 0, 0.0
        first = endpoint.FORMATS.index(settings.style)
        styles = endpoint.FORMATS[first:] + endpoint.FORMATS[:first]
        for style in styles[:calls_left]:
            seconds_left = settings.seconds - seconds
            if seconds_left < LEAST_SECONDS:
                break
            body = endpoint.make_body(question, settings.model, style)
            reply = endpoint.post(settings.url, settings.key, body, seconds_left)
            text = answer.read_content(reply.data)
            calls += 1
            seconds += reply.seconds
            status = reply.status
            sent = len(question.instructions) + len(question.text)
            if status == 200:
                tokens += answer.read_tokens(reply.data) or math.ceil(
                    (sent + len(text)) / CHARACTERS_PER_TOKEN
                )
                kept, faults = answer.read_answer(text, question.schema)
                if kept:
                    return Outcome(kept, faults, status, calls, tokens, seconds, style)
            elif status not in (400, 415, 422, 500, 501):
                # Another format would not help.
                break
        return Outcome({}, faults, status, calls, tokens, seconds, None)


def _read_number(text, default, most=1_000_000_000):
    """Return a number of the settings: whatever stands there, one that can be used."""
    try:
        number = int(text)
    except (TypeError, ValueError):
        return default
    return min(number, most) if number > 0 else default


def _drop_address(text):
    """Return the name before an email address: Carla <carla@acme.example>."""
    name = (text or "").partition("<")[0].strip(' "')
    return "" if "@" in name else name
