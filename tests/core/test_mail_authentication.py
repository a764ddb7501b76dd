"""What our own server says of a mail's sender, as servers write it (RFC 8601)."""

import pytest

from odoo.addons.helpdesk_escalation.tools.mail_authentication import (
    is_marked_as_failed,
)

SENDER = "Agent <agent@helpdesk.example>"
FAILED = [
    ["mx.helpdesk.example; spf=fail"],
    ["mx.helpdesk.example; dkim=fail"],
    ["mx.helpdesk.example; dmarc=fail"],
    ["mx.helpdesk.example; spf=hardfail"],
    ["mx.helpdesk.example; spf=fail smtp.mailfrom=agent@helpdesk.example; dkim=none"],
    ["mx.helpdesk.example; dkim=neutral; spf=softfail; dmarc=fail"],
    ["mx.helpdesk.example 1; SPF=FAIL smtp.mailfrom=AGENT@HELPDESK.EXAMPLE"],
    ["mx.helpdesk.example;\r\n\tspf=fail (who?) ;\r\n dkim=none"],
    ["mx.helpdesk.example; dmarc / 1 = fail"],
    # Microsoft's servers name none.
    [
        "spf=fail (sender IP is 192.0.2.1) smtp.mailfrom=helpdesk.example; dkim=none "
        "(message not signed) header.d=none;dmarc=fail action=none "
        "header.from=helpdesk.example;compauth=fail reason=001"
    ],
    # A comment and a reason are no results.
    ["mx.helpdesk.example; spf=fail (dkim=pass; dmarc=pass (both)) ; dkim=none"],
    ["mx.helpdesk.example; spf=fail (a \\) b ; dkim=pass) ; dkim=none"],
    ['mx.helpdesk.example; spf=fail reason="; dkim=pass"'],
    ['mx.helpdesk.example; spf=fail reason="\\"; dkim=pass"'],
    # A stranger passes the checks of their own domain.
    [
        "mx.helpdesk.example; spf=pass smtp.mailfrom=eve@evil.example; "
        "dkim=pass header.d=evil.example; dmarc=fail header.from=helpdesk.example"
    ],
    [
        "mx.helpdesk.example; dkim=pass header.i=@not-helpdesk.example; dmarc=fail",
    ],
    [
        'mx.helpdesk.example; dkim=pass header.d=evil.example reason="header.d='
        'helpdesk.example"; dmarc=fail'
    ],
    ["mx.helpdesk.example; spf=pass smtp.mailfrom=<>; dmarc=fail"],
    # What a stranger adds comes below; what another filter of ours says, too.
    ["mx.helpdesk.example; dmarc=fail", "evil.example; dkim=pass"],
    ["mx.helpdesk.example; dmarc=fail", "mx.helpdesk.example; dkim=pass"],
    ["mx.helpdesk.example; dkim=none", "mx.helpdesk.example; dmarc=fail"],
    ["MX.helpdesk.example; dkim=none", "mx.HELPDESK.example; spf=fail"],
]
NOT_FAILED = [
    [],
    [""],
    [";;;"],
    ["mx.helpdesk.example; none"],
    ["mx.helpdesk.example"],
    ["mx.helpdesk.example; spf=pass; dkim=pass; dmarc=pass"],
    ["mx.helpdesk.example; spf=fail; dkim=pass header.d=helpdesk.example"],
    ["mx.helpdesk.example; spf=fail; dkim=pass"],
    ["mx.helpdesk.example; dkim=fail; spf=pass smtp.mailfrom=agent@helpdesk.example"],
    ["mx.helpdesk.example; dkim=fail; dkim=pass header.d=mail.helpdesk.example"],
    ["mx.helpdesk.example; dkim=fail; dmarc=PASS header.from=helpdesk.example"],
    ['mx.helpdesk.example; dkim=fail; spf=pass smtp.mailfrom="agent@helpdesk.example"'],
    ["mx.helpdesk.example; spf=fail; dkim=pass header . i = agent@helpdesk.example"],
    # Nothing is certain.
    ["mx.helpdesk.example; spf=softfail"],
    ["mx.helpdesk.example; spf=neutral; dkim=neutral; dmarc=none"],
    ["mx.helpdesk.example; spf=temperror; dkim=permerror; dmarc=temperror"],
    ["mx.helpdesk.example; dkim=policy; spf=none"],
    # Other checks than these three, and words about a failure.
    ["mx.helpdesk.example; iprev=fail; dkim-adsp=fail; arc=fail; auth=fail"],
    ["mx.helpdesk.example; spf=none (spf=fail; dkim=fail)"],
    ['mx.helpdesk.example; spf=none reason="; dmarc=fail"'],
    ["mx.helpdesk.example; spf=failure; dkim=failed"],
    ["spf; fail"],
    ["mx.helpdesk.example; spf=none (never closed; dmarc=fail"],
    # Another server's word.
    ["mx.helpdesk.example; spf=none", "elsewhere.example; spf=fail; dmarc=fail"],
    ["mx.helpdesk.example; spf=pass", "mx.helpdesk.example; dmarc=fail"],
]


@pytest.mark.parametrize("headers", FAILED)
def test_failed(headers):
    assert is_marked_as_failed(headers, SENDER)


@pytest.mark.parametrize("headers", NOT_FAILED)
def test_not_failed(headers):
    assert not is_marked_as_failed(headers, SENDER)


def test_it_is_the_senders_own_domain_that_passes():
    header = ["mx.example; spf=fail; dkim=pass header.d=helpdesk.example"]
    assert not is_marked_as_failed(header, "agent@helpdesk.example")
    assert not is_marked_as_failed(header, "agent@mail.helpdesk.example")
    assert is_marked_as_failed(header, "agent@helpdesk.example.org")
    assert is_marked_as_failed(header, "agent@other.example")
    assert is_marked_as_failed(header, "")
    assert is_marked_as_failed(header, None)
