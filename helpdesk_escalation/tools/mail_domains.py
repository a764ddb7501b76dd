"""Domains at which anybody may have an address: they are no company's own."""

_PROVIDERS = (
    "126 163 21cn abv alice aliyun aol arcor arnet att bellsouth bigpond bk blueyonder "
    "bluewin bol btinternet centrum charter citromail club-internet comcast cox daum "
    "duck earthlink email fastmail foxmail free freemail freenet gawab globo gmail "
    "gmx googlemail hanmail hey hotmail hushmail icloud ig inbox inwind iol juno "
    "kakao kolabnow laposte libero list live mac mail mailbox me msn mynet naver nate "
    "neuf ntlworld numericable o2 onet online optonline orange outlook pacbell posteo "
    "proton protonmail pm qq rambler rediffmail riseup rocketmail rogers runbox sapo "
    "sbcglobal seznam sfr shaw sina sky skynet sohu spray sympatico t-online talktalk "
    "telefonica telenet terra tin tiscali tutanota tuta ukr uol verizon virgilio "
    "virginmedia voila wanadoo web windowslive wp xs4all xtra ya yahoo yandex yeah "
    "ymail zoho zohomail ziggo"
)
PUBLIC_PROVIDERS = frozenset(_PROVIDERS.split())


def is_public_provider(domain):
    """Whether a domain is one of those that anybody may have an address at.

    Only its name is compared, as they have one in each country: ``yahoo.co.uk``.
    """
    labels = (domain or "").lower().split(".")
    return not PUBLIC_PROVIDERS.isdisjoint(labels[:1])
