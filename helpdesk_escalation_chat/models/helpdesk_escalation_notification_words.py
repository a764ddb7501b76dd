from odoo import models

from odoo.addons.helpdesk_escalation.tools.mail_links import make_link

from ..tools.message import Message

# More than this is said in one message, which names so many.
MAX_MESSAGES = 5
MAX_NAMED = 10


class HelpdeskEscalationNotification(models.Model):
    """What the chat messages say: short, and with links."""

    _inherit = "helpdesk.escalation.notification"

    def _prepare_chat_message(self, news=False):
        """Return what is to be sent of some lines of one person, or one room.

        :param str news: what has become of it since, for a second post in a room
        """
        here = self._in_terms_of_reader()
        if len(here) > 1:
            return here._prepare_chat_digest()
        if news == "confirmed":
            return here._prepare_confirmed_post()
        if news == "ended":
            return here._prepare_ended_post()
        lines = [(text, False) for text in here._get_chat_facts()]
        lines.append((here.env._("Open the ticket"), here._get_ticket_url()))
        if here._has_personal_link():
            # Made when we send, and kept nowhere.
            link = make_link(here, here._get_link_hours())
            lines.append((here.env._("I'm on it"), link))
        return Message(here._get_plain_subject(), lines)

    def _in_terms_of_reader(self):
        """Speak to the person, or in a room as the company does."""
        if self[0].channel == "chat":
            return self.with_env(self[0]._in_terms_of_person().env)
        (speaking, *_others) = self.incident_id._in_company_terms()
        return self.with_env(speaking.env)

    def _has_personal_link(self):
        """Whether the person gets a link to confirm with.

        A room has none, as it would be everybody's. In Discuss people are logged in,
        and what is written there is kept: the ticket has the button.
        """
        # Sudo: nobody reads the secret itself.
        return self.channel == "chat" and bool(
            self.user_id.sudo().escalation_chat_secret
        )

    def _get_chat_facts(self):
        """Return the sentences under the title."""
        incident = self.incident_id
        place = [self._get_step_text() or self.step_name, incident.policy_id.name]
        place = " · ".join(filter(None, place))
        # It begins the line here.
        facts = [place[:1].upper() + place[1:]]
        if incident.cause_text:
            facts.append(self.env._("Cause: %s", incident.cause_text))
        if self.substituted_user_id:
            facts.append(
                self.env._("You stand in for %s.", self.substituted_user_id.name)
            )
        if self.channel == "room":
            facts.append(self._get_notified_words())
        return [fact for fact in facts if fact]

    def _get_notified_words(self):
        """Say in a room whom the step has notified."""
        together = self.incident_id.notification_ids.filtered(
            lambda line: line.user_id
            and line.round == self.round
            and line.create_date == self.create_date
            and line.state in ("pending", "sent")
        )
        names = dict.fromkeys(together.user_id.mapped("name"))
        if not names:
            return self.env._("Nobody could be notified.")
        return self.env._("Notified: %s.", ", ".join(names))

    def _prepare_confirmed_post(self):
        incident = self.incident_id
        if incident._is_asleep():
            return self._prepare_post(incident._get_state_sentence(), "info")
        names = incident._get_people_on_it().mapped("name")
        if len(names) > 1:
            words = self.env._("%s are on it", ", ".join(names))
        else:
            words = self.env._("%s is on it", names[0])
        return self._prepare_post(words, "success")

    def _prepare_ended_post(self):
        incident = self.incident_id
        labels = dict(incident._fields["resolution"]._description_selection(self.env))
        words = labels.get(incident.resolution, "")
        if incident.resolved_by_id:
            words = f"{words} ({incident.resolved_by_id.name})"
        return self._prepare_post(words, "success")

    def _prepare_post(self, words, kind):
        title = f"{words}: {self.ticket_name}"
        return Message(
            title, [(self.env._("Open the ticket"), self._get_ticket_url())], kind
        )

    def _prepare_chat_digest(self):
        """Say in one message what waits: nobody reads a dozen of them at once."""
        base_url = (self[0].get_base_url() or "").rstrip("/")
        path = "escalations" if self[0].channel == "room" else "escalated-to-me"
        oldest = self.sorted(lambda line: line.incident_id.anchor_date)
        lines = [
            (line._get_plain_subject(), line._get_ticket_url())
            for line in oldest[:MAX_NAMED]
        ]
        lines.append((self.env._("Open all"), f"{base_url}/odoo/{path}"))
        title = self.env._("%s tickets are waiting for an answer", len(self))
        return Message(title, lines)
