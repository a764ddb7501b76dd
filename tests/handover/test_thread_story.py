"""What a handover finds in realistic threads: who asks, what it costs, what was tried.

Each thread is what people really write: HTML and plain-text mails with quotations and
signatures. ``C`` is the client, ``S`` a colleague.
"""

import time

from odoo.tests import BaseCase

from odoo.addons.helpdesk_escalation_handover.tools.own_words import (
    get_own_words,
    shorten,
    split_sentences,
)
from odoo.addons.helpdesk_escalation_handover.tools.thread_story import (
    CLIENT,
    STAFF,
    Said,
    find_asking,
    find_impact,
    leave_out_middle,
    pair_tries,
)

C, S = CLIENT, STAFF

# name: messages, the asking sentences, the impact sentences, tries and results
THREADS = {
    "printers in a warehouse, with signature and quotation": (
        [
            (
                C,
                "<p>Hi,</p><p>since this morning nobody can print delivery notes. "
                "Three trucks are waiting.</p><p>Kind regards,<br/>Carla Client<br/>"
                "ACME Ltd., share capital € 500,000</p>",
            ),
            (S, "<p>Hello Carla, please restart the print server.</p>"),
            (
                C,
                "<div>Done that, no change. About 40 people are standing around.</div>"
                "<div class='gmail_quote'>On Mon, Anna wrote: nobody can help</div>",
            ),
        ],
        [],
        [
            "since this morning nobody can print delivery notes.",
            "About 40 people are standing around.",
        ],
        [("please restart the print server.", "Done that, no change.")],
    ),
    "asks for the manager after two empty answers": (
        [
            (C, "<p>My invoice is wrong. You charged me 1.249,00 EUR twice.</p>"),
            (S, "<p>We have forwarded it.</p>"),
            (C, "<p>And?</p>"),
            (S, "<p>We are still looking into it.</p>"),
            (C, "<p>This is ridiculous. I want to speak to your manager!</p>"),
        ],
        ["I want to speak to your manager!"],
        ["You charged me 1.249,00 EUR twice."],
        [
            ("We have forwarded it.", "And?"),
            ("We are still looking into it.", "This is ridiculous."),
        ],
    ),
    "plain-text mail, wrapped, answer above the quotation": (
        [
            (
                C,
                "<pre>Hello support team,\n\n"
                "we are a hospital and since the update of last night the whole\n"
                "nursing ward cannot access the medication plans. This affects 120\n"
                "patients.\n\n-- \nDr. Paul Patient\nSt. Mary's</pre>",
            ),
            (
                S,
                "<pre>We rolled the update back.\n\n"
                "On 11/29, Paul wrote:\n> since the update</pre>",
            ),
            (C, "<pre>Works again, thank you\n\nSent from my iPhone</pre>"),
        ],
        [],
        ["This affects 120 patients."],
        [("We rolled the update back.", "Works again, thank you")],
    ),
    "a shop that loses money, lower case, no full stops": (
        [
            (
                C,
                "<p>hello our checkout is broken since 9 and we lose about $1,200 per "
                "hour</p><p>please escalate this now</p><p>thanks</p><p>bob</p>",
            ),
        ],
        ["please escalate this now"],
        ["hello our checkout is broken since 9 and we lose about $1,200 per hour"],
        [],
    ),
    "polite, to a supervisor, with an apostrophe from a phone": (
        [
            (C, "<p>Dear team, we can’t log in to the portal.</p>"),
            (S, "<p>Could you clear your cookies?</p>"),
            (
                C,
                "<p>I did. Could you please connect me with a supervisor? "
                "It’s been four days.</p><p>Best wishes<br/>Ann O’Hara</p>",
            ),
        ],
        ["Could you please connect me with a supervisor?"],
        ["Dear team, we can’t log in to the portal."],
        [("Could you clear your cookies?", "I did.")],
    ),
    "talks of the own manager and of software, and asks for nobody": (
        [
            (
                C,
                "<p>My manager asked me to install the password manager. We need the "
                "manager role for two colleagues. I talked to my boss about the "
                "management console.</p>",
            ),
        ],
        [],
        ["We need the manager role for two colleagues."],
        [],
    ),
    "a colleague's notes between two answers": (
        [
            (C, "<p>The VPN drops every ten minutes, our team can't work.</p>"),
            (S, "<p>Log: rekey fails on gateway 2. Raised the timeout.</p>"),
            (S, "<p>Please try again, we have changed a setting.</p>"),
            (C, "<p>Better, but it dropped again at 14:05.</p>"),
            (S, "<p>Moved the tunnel to gateway 1.</p>"),
        ],
        [],
        ["The VPN drops every ten minutes, our team can't work."],
        [
            ("Log: rekey fails on gateway 2.", None),
            ("Please try again", "Better, but it dropped again at 14:05."),
            ("Moved the tunnel to gateway 1.", None),
        ],
    ),
    "German, with an amount": (
        [
            (
                C,
                "<p>Guten Tag,</p><p>seit heute früh steht die Linie. Jede Stunde "
                "kostet uns 3.500 €.</p><p>Mit freundlichen Grüßen<br/>Karla Kunde</p>",
            ),
        ],
        [],
        ["Jede Stunde kostet uns 3.500 €."],
        [],
    ),
    "an Outlook thread whose history is long": (
        [
            (
                C,
                "<div>Any news? The entire plant is waiting.</div>"
                "<div id='appendonsend'></div><div>From: Anna</div>"
                "<div>I want to speak to your manager. Nobody can work.</div>",
            ),
        ],
        [],
        ["The entire plant is waiting."],
        [],
    ),
    "a formal complaint, with a disclaimer": (
        [
            (C, "<p>Our server is down again.</p>"),
            (S, "<p>We restarted it.</p>"),
            (
                C,
                "<p>This is a formal complaint. We cannot accept this any longer; "
                "several customers have left.</p><p>This e-mail is confidential and "
                "intended for the recipient only. We lose nothing of it: 10 €.</p>",
            ),
        ],
        ["This is a formal complaint."],
        [
            "Our server is down again.",
            "We cannot accept this any longer; several customers have left.",
        ],
        [("We restarted it.", "This is a formal complaint.")],
    ),
    "angry and in one line, with a postscript": (
        [
            (
                C,
                "<p>Still nothing?! Get me your boss. I can't believe this.</p>"
                "<p>Regards</p><p>Tom</p><p>PS: none of our tills works.</p>",
            ),
        ],
        ["Get me your boss."],
        ["PS: none of our tills works."],
        [],
    ),
    "asks who is in charge, twice the same": (
        [
            (C, "<p>Who is in charge of this?</p>"),
            (C, "<p>Who is in charge of this? Please answer.</p>"),
            (S, "<p>I am.</p>"),
            (C, "<p>Then let me talk to someone who can decide.</p>"),
        ],
        [
            "Who is in charge of this?",
            "Then let me talk to someone who can decide.",
        ],
        [],
        [("I am.", "Then let me talk")],
    ),
    "nothing to find": (
        [
            (C, "<p>How do I change my password? Is anybody there?</p>"),
            (S, "<p>Under Preferences.</p>"),
            (C, "<p>Thanks!</p>"),
        ],
        [],
        [],
        [("Under Preferences.", "Thanks!")],
    ),
}


def read(messages):
    return [
        Said(f"moment {number}", f"{side} {number}", side, get_own_words(html))
        for number, (side, html) in enumerate(messages)
    ]


class TestThreads(BaseCase):
    test_tags = {"standard", "at_install"}
    maxDiff = None

    def test_who_asks_for_somebody_higher_is_quoted(self):
        for name, (messages, asking, _impact, _tries) in THREADS.items():
            with self.subTest(name):
                found = find_asking(read(messages))
                self.assertEqual([quote.sentence for quote in found], asking)

    def test_what_it_does_to_the_client_is_quoted(self):
        for name, (messages, _asking, impact, _tries) in THREADS.items():
            with self.subTest(name):
                found = find_impact(read(messages))
                self.assertEqual([quote.sentence for quote in found], impact)

    def test_tries_have_their_results(self):
        for name, (messages, _asking, _impact, tries) in THREADS.items():
            with self.subTest(name):
                pairs = pair_tries(read(messages))
                self.assertEqual(len(pairs), len(tries))
                for (attempt, result), (tried, came) in zip(pairs, tries, strict=True):
                    self.assertIn(tried, attempt.text)
                    self.assertEqual(bool(result), bool(came))
                    self.assertIn(came or "", result.text if result else "")

    def test_nothing_of_quotations_signatures_and_disclaimers_is_left(self):
        for name, (messages, *_expected) in THREADS.items():
            text = "\n".join(said.text for said in read(messages))
            for word in ("ACME Ltd", "Regards", "regards", "Grüßen", "iPhone", "wrote"):
                with self.subTest(name, word=word):
                    self.assertNotIn(word, text)
            self.assertNotIn("confidential", text)

    def test_a_quote_says_who_and_when(self):
        (quote,) = find_asking(read([(S, "<p>Hi</p>"), (C, "<p>Get me a manager</p>")]))
        self.assertEqual((quote.said.name, quote.said.moment), ("client 1", "moment 1"))

    def test_what_colleagues_say_is_not_the_clients(self):
        thread = read([(S, "<p>They want to speak to a manager. 12 people wait.</p>")])
        self.assertFalse(find_asking(thread) or find_impact(thread))


class TestOwnWords(BaseCase):
    test_tags = {"standard", "at_install"}

    def test_thanks_in_the_middle_are_no_end(self):
        text = get_own_words("<p>Thanks!</p><p>But it still fails</p><p>Cheers</p>")
        self.assertIn("But it still fails", text)
        self.assertNotIn("Cheers", text)
        text = get_own_words("<p>It fails</p><p>Thanks</p><p>it fails at night too</p>")
        self.assertIn("it fails at night too", text)

    def test_wrapped_lines_are_joined_and_lists_are_not(self):
        text = get_own_words(
            "<pre>After the restart of the server in the second room\nit worked.\n"
            "Steps:\n- open it\n- close it</pre>"
        )
        self.assertEqual(
            text.split("\n"),
            [
                "After the restart of the server in the second room it worked.",
                "Steps:",
                "- open it",
                "- close it",
            ],
        )

    def test_sentences(self):
        text = "We use e.g. SAP. It fails! “Really?” Yes, approx. 12 times.\nHelp"
        self.assertEqual(
            list(split_sentences(text)),
            [
                "We use e.g. SAP.",
                "It fails!",
                "“Really?”",
                "Yes, approx. 12 times.",
                "Help",
            ],
        )

    def test_a_long_text_is_cut_at_a_word(self):
        self.assertEqual(shorten("one two three", 13), "one two three")
        self.assertEqual(shorten("one two three", 10), "one two…")
        self.assertEqual(shorten("a" * 20, 10), "a" * 9 + "…")

    def test_of_a_long_thread_the_middle_is_left_out(self):
        thread = list(range(100))
        first, left_out, last = leave_out_middle(thread, 2, 3)
        self.assertEqual((first, left_out, last), ([0, 1], 95, [97, 98, 99]))
        self.assertEqual(leave_out_middle(thread[:5], 2, 3), (thread[:5], 0, []))

    def test_a_megabyte_of_anything_takes_little_time(self):
        size = 60_000
        for name, html in {
            "words": "<p>" + "speak with " * (size // 11),
            "numbers": "<p>" + "12 34.5 " * (size // 8),
            "digits": "<p>" + "1" * size,
            "we can": "<p>" + "our our our we " * (size // 15),
            "sentences": "<p>" + "to the. " * (size // 8),
            "lines": "<pre>" + "thanks\nBob\n" * (size // 11),
            "long lines": "<pre>" + ("confidential " * 6 + "\n") * (size // 79),
            "nothing": "<pre>" + "a" * size,
        }.items():
            start = time.process_time()
            thread = [Said("", "", CLIENT, get_own_words(html))]
            find_asking(thread)
            find_impact(thread)
            with self.subTest(name):
                self.assertLess(time.process_time() - start, 2)
