"""Secrets that are known by their own form: an issuer's prefix, a key block, a hash, a checksum.

The forms are the issuers' own, as they document them. Entropy alone is no form: digests, trace ids
and images look as random as any secret.
"""

from __future__ import annotations

from labo.expressions import expression

# Each begins at a word's edge. Lengths are lower bounds, a little under the issuer's, since texts
# are cut; an upper bound would leave the rest of a longer secret.
_WORD_FORMS = (
    r"(?:AKIA|ASIA|ABIA|ACCA|AIDA|AROA)[A-Z0-9]{12,}",  # AWS
    r"AIza[\w-]{30,}|GOCSPX-[\w-]{20,}|ya29\.[\w.-]{20,}|1//0[\w-]{30,}",  # Google
    r"[\w~.-]{3}8Q~[\w~.-]{30,}",  # Azure Active Directory
    r"gh[pousr]_\w{10,}|github_pat_\w{10,}",
    r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|oas|agent|imt|ffct)-[\w.-]{10,}|GR1348941[\w-]{10,}",
    r"xox[abceoprs][.-][\w.-]{8,}|xapp-[\w-]{10,}|xwfp-[\w-]{10,}",  # Slack
    r"(?:sk|rk|pk)_(?:live|test)_\w{8,}|whsec_[\w+/=]{16,}",  # Stripe
    r"SK[0-9a-f]{30,}",  # Twilio
    r"SG\.[\w-]{8,}\.[\w-]{8,}",  # SendGrid
    r"key-[0-9a-f]{32}|[0-9a-f]{32}-us\d{1,2}",  # Mailgun, Mailchimp
    r"npm_\w{20,}|pypi-[\w-]{20,}|rubygems_[0-9a-f]{20,}|dckr_[a-z]{3,4}_[\w-]{10,}",
    r"hv[sbr]\.[\w-]{16,}|[sbr]\.[A-Za-z0-9]{24}\b|\w{14}\.atlasv1\.[\w=-]{20,}",  # HashiCorp
    r"do[opr]_v1_[0-9a-f]{20,}|HRKU-[\w-]{20,}|dapi[0-9a-f]{30,}(?:-\d)?",
    r"(?:bot)?\d{8,10}:AA[A-Za-z0-9_-]{25,}",  # Telegram
    r"[MNO][\w-]{22,}\.[\w-]{6,7}\.[\w-]{25,}",  # Discord
    r"sk-[\w-]{10,}|gsk_\w{20,}|xai-\w{20,}|pplx-\w{20,}|r8_\w{20,}|hf_\w{16,}|api_org_\w{20,}",
    r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{16,}|sq0(?:atp|csp)-[\w-]{16,}|EAAA[\w-]{40,}",
    r"lin_api_\w{20,}|ntn_\w{20,}|figd_[\w-]{20,}|PMAK-[\w-]{20,}|ATATT3[\w=-]{20,}|ATBB\w{20,}",
    r"NR(?:AK|II|JS|RA)-[\w-]{16,}|gl(?:c|sa)_[\w+/=]{20,}|sntry[su]_[\w+/=-]{20,}",
    r"dp\.(?:pt|st|ct|sa|scim|audit)\.\w{20,}|pul-[0-9a-f]{30,}|dt0[a-z]\d\d\.[A-Z0-9]{20,}[\w.]*",
    r"sbp_[0-9a-f]{30,}|sb_secret_[\w-]{16,}|pscale_(?:tkn|pw|oauth)_[\w.=-]{20,}|fm[12]_[\w+/=-]{20,}",
    r"LTAI\w{12,}|AKID\w{13,}|AGE-SECRET-KEY-1\w{30,}|nfp_\w{30,}|CCIPAT_\w{20,}|bk[ua]{1,2}_\w{30,}",
    r"rzp_(?:live|test)_\w{10,}|EZ[AT]K\w{30,}|access-(?:sandbox|production|development)-[\w-]{30,}",
    r"labo_[\w-]{30,}",  # our own
    r"eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*){0,3}",  # a JSON web token: its header begins with {"
    r"AAAAAAAAAAAAAAAAAAAAA[\w%]{30,}",  # Twitter
)
_HASHES = (
    r"\$(?:2[abxy]?|1|5|6|7|y|gy|apr1|sha1|md5)\$[\w./$=+-]{8,}",  # crypt, bcrypt, Apache
    r"\$(?:argon2\w{0,2}|scrypt|pbkdf2[\w-]{0,12})\$[\w.,/$=+-]{8,}",
    r"pbkdf2_\w{3,8}\$[\w.,/$=+-]{8,}",
    r"\{(?:SSHA|SHA|SMD5|MD5|CRYPT|SSHA256|SSHA512)\d{0,3}\}[\w./$=+-]{8,}",
)
_WEBHOOKS = (
    r"hooks\.slack\.com/(?:services|workflows|triggers)/[\w/-]+",
    r"discord(?:app)?\.com/api/webhooks/\d+/[\w-]+",
    r"webhook\.office\.com/webhookb2/[\w@/-]+",
    r"chat\.googleapis\.com/v1/spaces/[\w-]+/messages\?[^\s\"']+",
)
_KEY_BLOCKS = (
    # A key block, or what a cut left of it; line breaks may be written as \n.
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?s:.)*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|(?s:.)*\z)",
    r"(?:[A-Za-z0-9+/=]{16,}(?:\s|\\[nr])+)*[A-Za-z0-9+/=]*(?:\s|\\[nr])*"
    r"-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----",
    r"PuTTY-User-Key-File-\d(?:(?s:.)*?Private-MAC: ?\w+|(?s:.)*\z)",
)
PATTERN = "|".join((rf"\b(?:{'|'.join(_WORD_FORMS)})", *_HASHES, *_WEBHOOKS, *_KEY_BLOCKS))
_FORM = expression(PATTERN)


def blank_forms(text: str, hidden: str) -> str:
    """`text` with what has a secret's form replaced."""
    return _FORM.sub(hidden, text)
