import hashlib
import re
from collections import namedtuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from odoo.addons.helpdesk_escalation.tools.mail_text import fold

from ..tools.phrases import MAX_DOTS, Phrases, Text, drop_inside, parse_phrase

# What people write who expect patterns.
PATTERN_SIGNS = frozenset("*?[](){}|\\^$+<>")
# The one pattern there is: a word begins with this.
BEGINNING = re.compile(r"(?<=\w)\*(?=\s|$|/)")
SHORTEST_BEGINNING = 3
MAX_PHRASE = 200
MAX_WEIGHT = 2
# Who writes more has more to say than thanks.
MOST_WORDS_OF_THANKS = 15
# A question, in any script.
QUESTION = re.compile("[?¿؟？]")

Book = namedtuple("Book", ["phrases", "exceptions", "signature"])
Book.__doc__ = """The phrases of a topic, ready to be looked for.

:ivar phrases: those that count, known by their weight
:ivar exceptions: those that take away what is part of them
:ivar signature: a mark that changes with them
"""


class HelpdeskEscalationPhrase(models.Model):
    """What clients write who are angry, who want something, or who just say thanks.

    Kept apart by topic, for all companies. The phrases of all languages are looked for
    in every message, as nobody can be sure which language a client writes.
    """

    _name = "helpdesk.escalation.phrase"
    _description = "Phrase of Clients"
    _inherit = ["helpdesk.escalation.input", "helpdesk.escalation.cached"]
    _order = "topic, lang_id, weight desc, phrase"
    _rec_name = "phrase"
    _cache_fields = frozenset({"active", "phrase", "topic", "weight"})

    topic = fields.Selection(
        selection="_selection_topic",
        required=True,
        help="What a client means who writes this.",
    )
    lang_id = fields.Many2one(
        comodel_name="res.lang",
        string="Language",
        ondelete="set null",
        index="btree_not_null",
        context={"active_test": False},
        help="The language of the phrase, to keep order in the list. Phrases of all "
        "languages are searched for in every message.",
    )
    phrase = fields.Char(
        required=True,
        help="Words that follow each other. A slash separates words of which one is "
        "enough, an asterisk stands for the end of a word, three dots for up to three "
        "words in between: speak/talk to/with your … manager*.",
    )
    weight = fields.Integer(
        default=MAX_WEIGHT,
        aggregator=None,
        help="2: the phrase is enough by itself. 1: it counts together with another "
        "one. 0: an exception; phrases of the topic that are part of it do not count.",
    )
    active = fields.Boolean(
        default=True,
        help="An archived phrase is not searched for. What comes with the add-on is "
        "better archived than deleted, as an update would bring it back.",
    )

    _weight_range = models.Constraint(
        f"CHECK (weight BETWEEN 0 AND {MAX_WEIGHT})",
        "The weight of a phrase is 0, 1 or 2.",
    )

    @api.model
    def _get_wishes(self):
        """Return what clients may wish for that a trigger can look for, and its name.

        :rtype: dict[str, str]
        """
        return {
            "manager": self.env._("asks for a manager or a call"),
            "leave": self.env._("threatens to leave"),
            "law": self.env._("threatens with a lawyer"),
            "press": self.env._("threatens with the press"),
            "third_time": self.env._("has said it several times"),
        }

    @api.model
    def _selection_topic(self):
        return [
            ("strong", self.env._("strong language")),
            *self._get_wishes().items(),
            ("thanks", self.env._("only thanks")),
        ]

    @api.constrains("phrase")
    def _check_phrases(self):
        for record in self:
            self._check_phrase(record.phrase, alternatives=True)

    @api.model
    def _check_phrase(self, phrase, alternatives=False):
        """Check that a phrase can be searched for, and says enough to be.

        :param bool alternatives: whether a slash separates words
        :raise ValidationError: it says what to change
        """
        if PATTERN_SIGNS.intersection(BEGINNING.sub("", phrase)):
            raise ValidationError(
                self.env._(
                    "“%s” is a pattern. Enter plain words or phrases: whole words are "
                    "found, whatever their capitals and accents. Only an asterisk at "
                    "the end of a word is possible: refund* finds every word that "
                    "begins with it.",
                    phrase,
                )
            )
        if len(phrase) > MAX_PHRASE:
            raise ValidationError(
                self.env._(
                    "“%(phrase)s…” is longer than %(most)s characters. Choose a few "
                    "words of it.",
                    phrase=phrase[:30],
                    most=MAX_PHRASE,
                )
            )
        parts = parse_phrase(phrase, alternatives)
        folded = fold(phrase)
        if not parts or (len(folded) < 2 and folded.isascii()):
            raise ValidationError(
                self.env._("“%s” is too short to search for.", phrase)
            )
        if parts.count(None) > MAX_DOTS:
            raise ValidationError(
                self.env._(
                    "“%(phrase)s” has three dots in more than %(most)s places. Split "
                    "it into several phrases.",
                    phrase=phrase,
                    most=MAX_DOTS,
                )
            )
        for words in filter(None, parts):
            for word in sum(words, ()):
                short = word.isascii() and len(word) <= SHORTEST_BEGINNING
                if word.endswith("*") and short:
                    raise ValidationError(
                        self.env._(
                            "Too many words begin with “%s”. Enter a few more letters "
                            "before the asterisk.",
                            word,
                        )
                    )

    @api.model
    @ormcache("topic")
    def _get_book(self, topic):
        """Return the phrases of a topic, ready to be looked for.

        :rtype: Book
        """
        # Sudo: one answer is kept for everybody.
        records = self.sudo().search_fetch(
            [("topic", "=", topic)], ["phrase", "weight"], order="id"
        )
        rows = [(record.weight, record.phrase) for record in records]
        return Book(
            Phrases([row for row in rows if row[0]], alternatives=True),
            Phrases([row for row in rows if not row[0]], alternatives=True),
            hashlib.sha256(repr(rows).encode()).hexdigest()[:16],
        )

    @api.model
    def _is_only_thanks(self, text, names=""):
        """Whether a text is nothing but thanks: every word is one of the list's.

        :param str names: of who writes and who is written to; they may be in it
        """
        text = Text(text)
        if (
            not text.words
            or len(text.words) > MOST_WORDS_OF_THANKS
            or QUESTION.search(text.text)
        ):
            return False
        book = self._get_book("thanks")
        hits = drop_inside(book.phrases.find(text), book.exceptions.find(text))
        said = {place for hit in hits for place in range(hit.start, hit.end)}
        names = set(fold(names).split())
        return max((hit.key for hit in hits), default=0) == MAX_WEIGHT and all(
            place in said or word in names for place, word in enumerate(text.words)
        )
