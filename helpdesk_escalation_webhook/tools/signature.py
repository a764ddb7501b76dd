"""Signs what is sent, as the Standard Webhooks do (standardwebhooks.com, version 1)."""

import base64
import binascii
import hmac
import secrets

PREFIX = "whsec_"
KEY_BYTES = (24, 64)


def make_secret():
    """Return a new secret: 32 random bytes in base64, after its prefix."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def read_secret(secret):
    """Return the key that a secret stands for, None where it is none."""
    if not secret.startswith(PREFIX):
        return None
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if KEY_BYTES[0] <= len(key) <= KEY_BYTES[1] else None


def sign(secret, message_id, timestamp, body):
    """Return the value of the header ``webhook-signature``.

    :param int timestamp: seconds since 1970, as in ``webhook-timestamp``
    :param bytes body: what is sent
    """
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    digest = hmac.digest(read_secret(secret), signed, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"
