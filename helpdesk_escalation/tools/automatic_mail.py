"""What a mail that no person wrote says of itself."""

# Carried by every mail that we send by ourselves: whoever is away need not say so
# (RFC 3834, and what Exchange and Outlook go by).
AUTOMATIC_HEADERS = {
    "Auto-Submitted": "auto-generated",
    "X-Auto-Response-Suppress": "All",
}
