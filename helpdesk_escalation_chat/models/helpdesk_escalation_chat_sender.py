import ipaddress
import logging

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError, ValidationError

from ..tools.library import is_available, load
from ..tools.message import write_text
from ..tools.passage import is_public, open_passage, read_hosts

_logger = logging.getLogger(__name__)

SERVICES = "helpdesk_escalation_chat.services"
HOSTS = "helpdesk_escalation_chat.private_hosts"
# By the names that addresses begin with. What they reach is made for messages: a plain
# web address would be a door to anything.
DEFAULT_SERVICES = (
    "discord, gchat, gotify, gotifys, matrix, matrixs, mmost, mmosts, ntfy, ntfys, "
    "rocket, rockets, slack, tgram, webex, workflow, workflows, wxteams, zulip"
)
MAX_ADDRESS = 1000
# Seconds to connect, and between two parts of an answer.
CONNECT_TIMEOUT = 4
READ_TIMEOUT = 8
# Answers after which another attempt may succeed, beside all of 500 and above.
TEMPORARY = (408, 425, 429)


class SendingError(UserError):
    """A message was not sent; its text is for people, and names no address.

    :ivar bool is_final: whether it makes no sense to try again
    """

    def __init__(self, message, is_final=False):
        super().__init__(message)
        self.is_final = is_final


class HelpdeskEscalationChatSender(models.AbstractModel):
    """How a message gets to a chat: to an address outside, by apprise, or to Discuss.

    An address is a secret: who knows it may post there. No text of ours holds one.
    """

    _name = "helpdesk.escalation.chat.sender"
    _description = "Escalation Chat Sender"

    # ------------------------------------------------------------------
    # Addresses
    # ------------------------------------------------------------------

    @api.model
    def _is_available(self):
        """Whether the library is there with which addresses outside are reached."""
        return is_available()

    @api.model
    def _get_parameter(self, key, default=""):
        # Sudo: parameters are the system's.
        return self.env["ir.config_parameter"].sudo().get_param(key, default)

    @api.model
    def _get_services(self):
        """Return what addresses may begin with: names of services, in small letters."""
        text = self._get_parameter(SERVICES, DEFAULT_SERVICES)
        return set(text.lower().replace(",", " ").split())

    @api.model
    def _check_services(self, names):
        """Check names of services that an administrator allows.

        :raise ValidationError: where there is no such service
        """
        if not self._is_available():
            return
        known = load().manager_plugins.NotificationManager()
        unknown = sorted(name for name in names if name not in known)
        if unknown:
            raise ValidationError(
                self.env._(
                    "There is no chat service %s. Enter what its addresses begin with, "
                    "such as slack or mmosts.",
                    ", ".join(unknown),
                )
            )

    @api.model
    def _check_hosts(self, text):
        """Check the list of private hosts that an administrator allows.

        :raise ValidationError: where a part is no host and no network
        """
        try:
            read_hosts(text)
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    "%s is neither a host nor a network. Enter names, addresses or "
                    "networks, separated by commas, such as chat.example.com or "
                    "10.0.0.0/8.",
                    error.args[0],
                )
            ) from None

    @api.model
    def _check_address(self, address):
        """Check an address that somebody enters.

        :return: the service's name for people, such as "Slack"
        :raise ValidationError: where no message could be sent to it; it says what to do
        """
        try:
            with open_passage(""):
                return self._load(address).service_name.strip()
        except SendingError as error:
            raise ValidationError(error.args[0]) from None

    @api.model
    def _load(self, address):
        """Return the service that an address stands for; nothing is sent.

        :raise SendingError: where it is none, or not allowed
        """
        if not self._is_available():
            raise SendingError(
                self.env._(
                    "The Python library apprise is missing on the server. Ask your "
                    "administrator to install it, or use Discuss."
                ),
                is_final=True,
            )
        library = load()
        address = (address or "").strip()
        service = values = None
        if len(address) <= MAX_ADDRESS and len(address.splitlines()) == 1:
            values = library.plugins.url_to_dict(address)
        if values and values["schema"] not in self._get_services():
            raise SendingError(
                self.env._(
                    "Addresses that begin with %s are not allowed. Use another "
                    "service, or ask your administrator to allow it in the settings "
                    "of the helpdesk.",
                    f"{values['schema']}://",
                ),
                is_final=True,
            )
        if values:
            # What an address could ask for beside: other time limits, and attempts.
            for name in ("cto", "rto", "redirect", "retry", "wait"):
                values.pop(name, None)
            service = library.Apprise.instantiate(
                values,
                asset=library.AppriseAsset(
                    app_id="Odoo",
                    app_desc="Odoo",
                    async_mode=False,
                    http_redirects=False,
                    image_url_logo="",
                    image_url_mask="",
                    secure_logging=True,
                    storage_mode=library.PersistentStoreMode.MEMORY,
                ),
            )
        if not service:
            raise SendingError(
                self.env._(
                    "This is no address of a chat service. Enter the address of its "
                    "incoming webhook, such as slack://… or mmosts://…, as the "
                    "documentation of apprise describes it."
                ),
                is_final=True,
            )
        self._check_host(service)
        service.socket_connect_timeout = CONNECT_TIMEOUT
        service.socket_read_timeout = READ_TIMEOUT
        service.redirects = False
        return service

    @api.model
    def _check_host(self, service):
        """Say early that an address leads into the private network, where it says so.

        Where a name leads is asked when something is sent.
        """
        if not any("{host}" in template for template in service.templates):
            return
        host = (service.host or "").strip("[]").lower()
        names, networks = read_hosts(self._get_parameter(HOSTS))
        if host in (name.lower() for name in names):
            return
        try:
            found = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
        except ValueError:
            return
        if not (is_public(found) or any(found in network for network in networks)):
            raise SendingError(self._get_private_words(), is_final=True)

    @api.model
    def _get_private_words(self):
        return self.env._(
            "The address leads into a private network. Ask your administrator to allow "
            "its host in the settings of the helpdesk."
        )

    # ------------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------------

    @api.model
    def _send_outside(self, address, message):
        """Send a message to an address; it talks to another server.

        Nothing is read or written meanwhile, so that no lock is held.

        :raise SendingError: when the service has not taken it
        """
        title, text = write_text(message)
        hosts = self._get_parameter(HOSTS)
        with open_passage(hosts) as passage:
            service = self._load(address)
            try:
                taken = service.notify(
                    body=text, title=title, notify_type=message.kind, body_format="text"
                )
            except Exception as error:
                # Its words may hold the address.
                _logger.info("A chat service failed: %s", type(error).__name__)
                taken = False
        if not taken:
            raise self._prepare_fault(service.service_name.strip(), passage)

    @api.model
    def _prepare_fault(self, name, passage):
        """Say why a message was not taken, and whether it makes sense to try again."""
        if passage.is_refused:
            return SendingError(self._get_private_words(), is_final=True)
        status = passage.status
        if not status or 200 <= status < 300:
            return SendingError(self.env._("%s did not answer.", name))
        return SendingError(
            self.env._(
                "%(service)s did not accept the message (%(status)s).",
                service=name,
                status=status,
            ),
            is_final=status < 500 and status not in TEMPORARY,
        )

    @api.model
    def _send_in_discuss(self, channel, message):
        """Post a message of OdooBot in a channel of Discuss."""
        # As the system: OdooBot is in no channel of others.
        channel.with_user(SUPERUSER_ID).message_post(
            author_id=self.env.ref("base.partner_root").id,
            body=self.env["ir.qweb"]._render(
                "helpdesk_escalation_chat.discuss_message", message._asdict()
            ),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    @api.model
    def _get_discuss_chat(self, partner):
        """Return the direct chat of OdooBot with a person."""
        channels = self.env["discuss.channel"].with_user(SUPERUSER_ID)
        return channels._get_or_create_chat(partner.ids)
