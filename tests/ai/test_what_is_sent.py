"""What leaves the house: subject and text, and nothing else unless it is allowed."""

import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import BaseCase

from odoo.addons.helpdesk_escalation_ai.tools.endpoint import clean_url
from odoo.addons.helpdesk_escalation_ai.tools.redact import redact, split_names

from ..support.model_server import ModelCommon

BODY = """
<p>Dear Mr Agent,</p>
<p>Carla here, of ACME, Mill Lane 5. The printer in Mill Lane 5 is dead. Write to
carla@acme.example or call +49 (0)171 / 123 45 67, or see
https://acme.example/tickets?token=s3cret.</p>
<p>Two of 40 pages came out.</p>
<p>Kind regards<br/>Carla Client<br/>Head of Printing</p>
"""


class TestWhatIsSent(ModelCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.write({"street": "Mill Lane 5", "zip": "12345"})

    def _arrive(self, **values):
        ticket = self._new_ticket(0, name="Carla's printer", description=BODY, **values)
        self._ask()
        return ticket

    def test_no_names_no_addresses_no_files(self):
        ticket = self._arrive()
        self.assertEqual(
            self._sent(),
            {
                "subject": "[name]'s printer",
                "text": "[name] here, of [name], [address]. The printer in [address] "
                "is dead. Write to [address] or call [number], or see [link]\n"
                "Two of 40 pages came out.",
            },
        )
        everything = json.dumps(self.server.requests[-1], ensure_ascii=False)
        for secret in ("Carla", "Client", "ACME", "acme", "Mill", "171", "s3cret"):
            self.assertNotIn(secret, everything)
        self.assertNotIn(ticket.number, everything)
        self.assertNotIn(self.agent.name, everything)

    def test_each_of_them_where_it_is_allowed(self):
        self._switch_on(send_names=True)
        self._arrive()
        text = self._sent()["text"]
        self.assertIn("Dear Mr Agent", text)
        self.assertIn("Carla Client", text)
        self.assertIn("Write to [address] or call [number]", text)
        self._switch_on(send_names=False, send_addresses=True)
        self._arrive()
        text = self._sent()["text"]
        self.assertNotIn("Carla ", text)
        self.assertIn("+49 (0)171 / 123 45 67", text)
        self.assertIn("?token=s3cret", text)

    def test_of_files_at_most_the_names(self):
        def arrive():
            ticket = self._new_ticket(0)
            self.env["ir.attachment"].create(
                {
                    "name": "invoice.txt",
                    "raw": b"the content",
                    "res_model": ticket._name,
                    "res_id": ticket.id,
                }
            )
            self._ask()
            self.assertNotIn("the content", json.dumps(self.server.requests))

        arrive()
        self.assertNotIn("files", self._sent())
        self._switch_on(send_files=True)
        arrive()
        self.assertEqual(self._sent()["files"], ["invoice.txt"])

    def test_the_preview_is_what_is_sent_to_the_letter(self):
        self._switch_on(key="s3cret-key")
        ticket = self._new_ticket(0, description=BODY)
        preview = self.env["helpdesk.escalation.ai.preview"].create(
            {"ticket_id": ticket.id}
        )
        head, _blank, body = preview.request_text.partition("\n\n")
        self.assertIn(f"POST {self.server.url}/chat/completions", head)
        self.assertNotIn("s3cret", preview.request_text)
        self._ask()
        sent = self.server.requests[-1]
        self.assertEqual(sent.pop("headers")["Authorization"], "Bearer s3cret-key")
        self.assertEqual(sent.pop("path"), "/v1/chat/completions")
        self.assertEqual(json.loads(body), sent)

    def test_the_question_is_the_same_in_whatever_language_one_reads(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.hardware.with_context(lang="fr_FR").name = "Matériel"
        ticket = self._new_ticket(0)
        previews = self.env["helpdesk.escalation.ai.preview"]
        preview = previews.with_context(lang="fr_FR").create({"ticket_id": ticket.id})
        _head, _blank, body = preview.request_text.partition("\n\n")
        job = self.job.with_context(lang="fr_FR")
        with self.enter_registry_test_mode():
            job.method_direct_trigger()
        sent = self.server.requests[-1]
        self.assertEqual(json.loads(body)["messages"], sent["messages"])
        self.assertIn("Hardware", sent["messages"][0]["content"])

    def test_a_copy_to_test_with_knows_neither_server_nor_key(self):
        self._switch_on(key="s3cret-key")
        for query in get_neutralization_queries(["helpdesk_escalation_ai"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        rows = self.env["ir.config_parameter"].search_read(
            [("key", "=like", "helpdesk_escalation_ai.%")], ["value"]
        )
        self.assertNotIn("s3cret", str(rows))
        self.assertNotIn(self.server.url, str(rows))
        self._new_ticket(0)
        self._ask()
        self.assertFalse(self.server.requests)

    def test_the_preview_shows_what_the_server_answers_and_proposes_nothing(self):
        ticket = self._new_ticket(0)
        self.server.say({"category": "Software"})
        preview = self.env["helpdesk.escalation.ai.preview"].create(
            {"ticket_id": ticket.id}
        )
        preview.action_ask()
        self.assertIn('"category": "Software"', preview.answer_text)
        self.assertFalse(ticket.escalation_ai_proposal_ids)
        self.server.reply({}, 401)
        preview.action_ask()
        self.assertIn("refuses the key", preview.answer_text)
        self._switch_on(on=False, url=False)
        preview = preview.create({"ticket_id": ticket.id})
        self.assertIn("Enter the address", preview.request_text)
        with self.assertRaisesRegex(UserError, "Enter the address"):
            preview.action_ask()

    def test_the_preview_is_for_administrators_alone(self):
        preview = self.env["helpdesk.escalation.ai.preview"]
        with self.assertRaises(AccessError):
            preview.with_user(self.manager).create({})
        with self.assertRaises(AccessError):
            self.env["ir.config_parameter"].with_user(self.manager).get_param(
                "helpdesk_escalation_ai.key"
            )

    def test_a_wrong_address_or_key_is_refused_with_advice(self):
        for url in (
            "localhost",
            "ftp://x",
            "file:///etc/passwd",
            "http://u:p@x/v1",
            "http://x/v1?a=b",
            "http://x y/",
            "http://:80",
            "http://x:99999/",
            "http://[x/",
        ):
            with self.subTest(url), self.assertRaisesRegex(ValidationError, "no addre"):
                self._switch_on(url=url)
        for values in ({"url": False}, {"model": " "}):
            with self.assertRaisesRegex(ValidationError, "switch the language model"):
                self._switch_on(**values)
        with self.assertRaisesRegex(ValidationError, "Copy it once more"):
            self._switch_on(key="a\nb")
        for name in ("seconds", "day_calls", "day_tokens"):
            for number in (0, -1, 10**12):
                with self.assertRaisesRegex(ValidationError, "from 1 to"):
                    self._switch_on(**{name: number})

    def test_an_address_is_taken_as_people_copy_it(self):
        for url in (
            "http://localhost:8000/v1",
            "http://localhost:8000/v1/",
            " http://localhost:8000/v1/chat/completions ",
        ):
            self.assertEqual(clean_url(url), "http://localhost:8000/v1")
        self.assertEqual(clean_url("http://[::1]:8000"), "http://[::1]:8000")


class TestRedact(BaseCase):
    def test_what_it_finds(self):
        names = split_names(["Ana-María de la Cruz", "Müller GmbH & Co. KG", None, ""])
        for text, wanted in (
            ("Ana-María writes", "[name] writes"),
            ("maría CRUZ writes", "[name] [name] writes"),
            ("Cruzeiro is no name of hers", "Cruzeiro is no name of hers"),
            ("MÜLLER GmbH asks", "[name] [name] asks"),
            ("Mail me: a.b+c@d-e.co.uk!", "Mail me: [address]"),
            ("Call 030 / 12 34 56 7 now", "Call [number] now"),
            ("IBAN DE89 3704 0044 0532 0130 00", "IBAN DE89 [number]"),
            ("Error 0x42, 3 of 40 pages, port 8080", None),
            ("See www.example.com/a?b=c", "See [link]"),
            ("Hello Bob,\nit is broken", "it is broken"),
            ("Hi Bob!\nit is broken", "it is broken"),
            ("Sehr geehrte Frau Dr. Meier,\ndefekt", "defekt"),
            ("Dear Mr. Smith\nit is broken", "it is broken"),
            ("Hello, nothing works!", None),
            ("Hello, nothing works,\nreally", None),
            ("It is broken\nMit freundlichen Grüßen\nBob", "It is broken"),
            ("Cordialement,\nJean", ""),
            ("Hello world program crashes when started", None),
            ("I send my best regards to nobody\nAnd it is broken", None),
        ):
            with self.subTest(text):
                self.assertEqual(
                    redact(text, names), text if wanted is None else wanted
                )

    def test_it_takes_no_longer_than_a_text_is_long(self):
        names = split_names(["Ana"])
        for evil in ("1 " * 30_000, "a@" * 30_000, "+" * 60_000, "best " * 12_000):
            redact(evil, names)
            redact("\n".join([evil[:79]] * 700), names)
