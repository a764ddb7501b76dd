"""What a mail that no person wrote says of itself."""

import re
import unicodedata

# Carried by every mail that we send by ourselves: whoever is away need not say so
# (RFC 3834, and what Exchange and Outlook go by).
AUTOMATIC_HEADERS = {
    "Auto-Submitted": "auto-generated",
    "X-Auto-Response-Suppress": "All",
}

# How automatic replies begin their subject, before a colon, in the languages of Odoo:
# as Outlook, Exchange, Gmail, Zimbra, Notes and common responders write it.
_SUBJECTS = {
    "af": "Outomatiese antwoord|Outomatiese respons",
    "am": "ራስ-ሰር ምላሽ",
    "ar": "رد تلقائي|الرد التلقائي|خارج المكتب",
    "az": "Avtomatik cavab",
    "be": "Аўтаматычны адказ|Аўтаадказ|Па-за офісам|Не ў офісе|Адсутнічаю",
    "bg": "Автоматичен отговор|Автоматично отговаряне|Извън офиса",
    "bn": "স্বয়ংক্রিয় উত্তর|স্বয়ংক্রিয় জবাব|স্বয়ংক্রিয় প্রত্যুত্তর|অফিসের বাইরে",
    "bs": "Automatski odgovor|Automatsko odgovaranje|Van ureda",
    "ca": "Resposta automàtica|Fora de l'oficina",
    "cs": "Automatická odpověď|Mimo kancelář",
    "da": "Automatisk svar|Autosvar|Ikke til stede|Fraværende",
    "de": "Automatische Antwort|Automatische Rückantwort|Automatische E-Mail-Antwort"
    "|Abwesenheitsnotiz|Abwesenheitsnachricht|Abwesenheitsmeldung|Abwesenheitsassistent"
    "|Abwesenheitsbenachrichtigung|Abwesenheit|Abwesend|Nicht im Büro|Autoantwort",
    "el": "Αυτόματη απάντηση|Εκτός γραφείου",
    "en": "Automatic reply|Automatic response|Automated reply|Automated response"
    "|Auto reply|Auto-reply|Autoreply|Auto response|Auto-response|Autoresponse"
    "|Auto responder|Autoresponder|Out of office|Out-of-office|Out of the office"
    "|Out of office reply|Out of office autoreply|Out of office auto-reply"
    "|Out of office response|Out of office notification|Out of office message|OOO"
    "|Vacation reply|Vacation response|On vacation|Away from the office|Absence notice",
    "es": "Respuesta automática|Contestación automática|Fuera de la oficina"
    "|Fuera de oficina|Ausente|Autorrespuesta",
    "et": "Automaatvastus|Automaatne vastus|Kontorist väljas",
    "eu": "Erantzun automatikoa|Bulegotik kanpo",
    "fa": "پاسخ خودکار",
    "fi": "Automaattinen vastaus|Poissa toimistosta|Poissaoloilmoitus|Poissa",
    "fo": "Sjálvvirkandi svar|Automatiskt svar",
    "fr": "Réponse automatique|Réponse automatique d'absence|Absence du bureau"
    "|Absent du bureau|Message d'absence|Notification d'absence|Avis d'absence|Absence",
    "gl": "Resposta automática|Fóra da oficina",
    "gu": "સ્વચાલિત જવાબ|સ્વતઃ જવાબ",
    "he": "תשובה אוטומטית|מענה אוטומטי|הודעה אוטומטית|מחוץ למשרד",
    "hi": "स्वचालित उत्तर|स्वचालित जवाब|स्वतः उत्तर",
    "hr": "Automatski odgovor|Izvan ureda",
    "hu": "Automatikus válasz|Automatikus üzenet|Házon kívül",
    "id": "Balasan otomatis|Balas otomatis|Jawaban otomatis|Di luar kantor",
    "is": "Sjálfvirkt svar|Sjálfvirk svörun",
    "it": "Risposta automatica|Fuori sede|Fuori ufficio|Assente|Assenza dall'ufficio",
    "ja": "自動応答|自動返信|自動返答|不在通知|不在応答",
    "ka": "ავტომატური პასუხი",
    "kab": "Tiririt tawurmant|Réponse automatique",
    "km": "ការឆ្លើយតបស្វ័យប្រវត្តិ|ឆ្លើយតបដោយស្វ័យប្រវត្តិ",
    "ko": "자동 회신|자동 응답|자동회신|자동응답|부재 중|부재중",
    "ku": "Bersiva otomatîk|Bersiva xweber",
    "lb": "Automatesch Äntwert",
    "lo": "ຕອບກັບອັດຕະໂນມັດ|ການຕອບກັບອັດຕະໂນມັດ",
    "lt": "Automatinis atsakymas|Automatinis atsakas|Ne darbo vietoje",
    "lv": "Automātiskā atbilde|Automātiska atbilde|Ārpus biroja",
    "mk": "Автоматски одговор|Надвор од канцеларија",
    "ml": "സ്വയമേവയുള്ള മറുപടി|സ്വയമേവ മറുപടി|യാന്ത്രിക മറുപടി|ഓഫീസിന് പുറത്ത്",
    "mn": "Автомат хариу|Автомат хариулт",
    "ms": "Balasan automatik|Balas automatik|Jawapan automatik|Respons automatik"
    "|Di luar pejabat|Luar pejabat",
    "my": "အလိုအလျောက် ပြန်ကြားချက်|အလိုအလျောက် စာပြန်ခြင်း|အလိုအလျောက်ပြန်စာ",
    "nb": "Automatisk svar|Autosvar|Fraværsmelding|Ikke på kontoret|Ikke til stede",
    "ne": "स्वचालित जवाफ|स्वतः जवाफ",
    "nl": "Automatisch antwoord|Automatische reactie|Automatische beantwoording"
    "|Afwezigheidsbericht|Afwezigheidsmelding|Afwezig|Niet aanwezig|Niet op kantoor",
    "pl": "Autoodpowiedź|Automatyczna odpowiedź|Odpowiedź automatyczna|Poza biurem"
    "|Nieobecność|Nieobecny",
    "pt": "Resposta automática|Fora do escritório|Ausência temporária|Ausente"
    "|Ausência do escritório",
    "ro": "Răspuns automat|Răspuns automatizat|În afara biroului",
    "ru": "Автоматический ответ|Автоответ|Нет на месте|Вне офиса",
    "sk": "Automatická odpoveď|Mimo kancelárie",
    "sl": "Samodejni odgovor|Avtomatski odgovor|Samodejno odgovarjanje|Odsotnost",
    "sq": "Përgjigje automatike|Jashtë zyrës",
    "sr": "Automatski odgovor|Аутоматски одговор|Van kancelarije|Ван канцеларије",
    "sv": "Automatiskt svar|Autosvar|Frånvaro|Frånvaromeddelande|Ej på kontoret",
    "sw": "Jibu la kiotomatiki|Jibu otomatiki|Majibu ya kiotomatiki"
    "|Jibu la moja kwa moja|Nje ya ofisi",
    "te": "స్వయంచాలక ప్రత్యుత్తరం|స్వయంచాలక జవాబు|స్వయంచాలక సమాధానం|ఆటోమేటిక్ రిప్లై|కార్యాలయం వెలుపల",
    "th": "ตอบกลับอัตโนมัติ|การตอบกลับอัตโนมัติ|ไม่อยู่ที่สำนักงาน",
    "tl": "Awtomatikong tugon|Awtomatikong sagot|Awtomatikong pagtugon"
    "|Awtomatikong reply|Wala sa opisina|Wala sa tanggapan",
    "tr": "Otomatik yanıt|Otomatik cevap|Ofis dışında|Ofis dışı",
    "uk": "Автоматична відповідь|Автовідповідь|Поза офісом|Немає на місці",
    "uz": "Avtomatik javob",
    "vi": "Trả lời tự động|Thư trả lời tự động|Vắng mặt",
    "zh": "自动答复|自动回复|自動回覆|自動回復|自動答覆|外出通知|不在办公室|不在辦公室",
}


# Which way a text runs: put around what is written from right to left, and not seen.
DIRECTION_MARKS = "".join(
    map(chr, (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
_WITHOUT_MARKS = str.maketrans("", "", DIRECTION_MARKS)


def _fold(text):
    """Have spellings meet: one case of letters, one kind of space, quote and dash."""
    text = text.translate(_WITHOUT_MARKS)
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return re.sub(r"\s+", " ", re.sub(r"[‐‑–—]", "-", text)).strip()


AUTOMATIC_SUBJECTS = frozenset(
    _fold(subject) for subjects in _SUBJECTS.values() for subject in subjects.split("|")
)


def get_machine_sign(headers, subject=""):
    """Say what a mail's headers say of who wrote it.

    "reply"
        It answers by itself, such as an absence note.
    "machine"
        A machine sent it: in bulk, or a system that marks all it sends, also what
        people have written in it.

    ``Precedence: list`` is left out on purpose: clients do write through lists, and
    those ask to be spared out-of-office replies (``OOF``) to what people write.

    :param dict headers: values by name, as they are in the mail
    :param str subject: a machine's mail that is called an automatic reply is one:
        Exchange marks its absence notes as if they were any generated mail
    :return: "reply", "machine", or False where nothing says so
    """
    values = {
        name.lower(): str(value or "").lower().split(";")[0].strip()
        for name, value in headers.items()
    }
    submitted = values.get("auto-submitted", "").split(" ")[0]
    precedence = values.get("precedence", "")
    if (
        submitted == "auto-replied"
        or values.get("x-autoreply") not in (None, "", "no")
        or values.get("x-autorespond")
        or precedence in ("auto_reply", "auto-reply")
    ):
        return "reply"
    suppressed = values.get("x-auto-response-suppress", "").replace(",", " ").split()
    if not (
        submitted not in ("", "no")
        or {"all", "autoreply"}.intersection(suppressed)
        or precedence in ("bulk", "junk")
    ):
        return False
    return "reply" if has_automatic_subject(subject) else "machine"


MACHINE_HEADERS = (
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Autoreply",
    "X-Autorespond",
    "Precedence",
)


def has_automatic_subject(subject, title=""):
    """Whether a subject begins as those of automatic replies do, before a colon.

    Somebody who answers has *Re:* before it, and who writes about absence notes has
    it in the midst.

    :param str title: the ticket's: who repeats it as it is, says nothing by it
    """
    folded = _fold(subject or "")
    if title and folded == _fold(title):
        return False
    beginning, colon, _rest = folded.partition(":")
    return bool(colon) and beginning.strip() in AUTOMATIC_SUBJECTS
