"""Secrets with a form of their own, each in a text; drawn at run time: no file holds one."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass

UPPER, LOWER, DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
ALPHANUMERIC = string.ascii_letters + DIGITS
HEX = "0123456789abcdef"
URL_SAFE = ALPHANUMERIC + "-_"


@dataclass(frozen=True)
class Sample:
    """A text, and the parts of it that must not be seen by anybody."""

    name: str
    text: str
    secrets: tuple[str, ...]


def draw(rng: random.Random, alphabet: str, length: int) -> str:
    """Characters that are as mixed as a real secret's: with at least one digit where it may."""
    text = "".join(rng.choices(alphabet, k=length))
    return text if any(map(str.isdigit, text)) or "7" not in alphabet else text[:-1] + "7"


def luhn(rng: random.Random, start: str, length: int) -> str:
    """A card's number with its check digit."""
    body = start + draw(rng, DIGITS, length - len(start) - 1)
    total = sum(
        (lambda n: n - 9 if n > 9 else n)(int(digit) * (2 - place % 2))
        for place, digit in enumerate(reversed(body))
    )
    return f"{body}{-total % 10}"


def iban(rng: random.Random, country: str, length: int) -> str:
    """An account's number with its check digits."""
    body = draw(rng, DIGITS, length)
    remainder = int("".join(str(int(char, 36)) for char in f"{body}{country}00")) % 97
    return f"{country}{98 - remainder:02d}{body}"


def _of_clouds_and_code_hosts(rng: random.Random) -> Iterator[tuple[str, str]]:
    def some(alphabet: str, length: int) -> str:
        return draw(rng, alphabet, length)

    yield "aws access key", "AK" + "IA" + some(UPPER + DIGITS, 16)
    yield "aws temporary key", "AS" + "IA" + some(UPPER + DIGITS, 16)
    yield "google api key", "AI" + "za" + some(URL_SAFE, 35)
    yield "google oauth secret", "GOC" + "SPX-" + some(URL_SAFE, 28)
    yield "google access token", "ya" + "29." + some(URL_SAFE, 60)
    yield "azure ad secret", some(ALPHANUMERIC, 3) + "8Q" + "~" + some(ALPHANUMERIC, 34)
    for kind in "pousr":
        yield f"github gh{kind}", f"gh{kind}" + "_" + some(ALPHANUMERIC, 36)
    yield "github fine-grained", "github" + "_pat_" + some(ALPHANUMERIC, 22) + "_" + some(HEX, 59)
    yield "gitlab", "glp" + "at-" + some(URL_SAFE, 20)
    yield "gitlab runner", "glr" + "t-" + some(URL_SAFE, 20)
    yield "slack bot", "xo" + "xb-" + f"{some(DIGITS, 12)}-{some(ALPHANUMERIC, 24)}"
    yield "slack app", "xa" + "pp-1-" + some(UPPER + DIGITS, 11) + "-" + some(HEX, 40)
    yield (
        "slack webhook",
        ("https://hooks.sl" + f"ack.com/services/T{some(UPPER, 8)}/B{some(UPPER, 8)}/")
        + some(ALPHANUMERIC, 24),
    )
    yield "stripe live", "sk" + "_live_" + some(ALPHANUMERIC, 24)
    yield "stripe restricted", "rk" + "_test_" + some(ALPHANUMERIC, 24)
    yield "webhook signing", "wh" + "sec_" + some(ALPHANUMERIC, 32)
    yield "twilio", "S" + "K" + some(HEX, 32)
    yield "sendgrid", "S" + "G." + some(URL_SAFE, 22) + "." + some(URL_SAFE, 43)
    yield "mailgun", "ke" + "y-" + some(HEX, 32)
    yield "mailchimp", some(HEX, 32) + "-us" + "14"


def _of_services(rng: random.Random) -> Iterator[tuple[str, str]]:
    def some(alphabet: str, length: int) -> str:
        return draw(rng, alphabet, length)

    yield "npm", "np" + "m_" + some(ALPHANUMERIC, 36)
    yield "pypi", "py" + "pi-AgEIcHlwaS5vcmc" + some(URL_SAFE, 60)
    yield "docker", "dckr" + "_pat_" + some(URL_SAFE, 27)
    yield "vault", "hv" + "s." + some(URL_SAFE, 90)
    yield "vault legacy", "s" + "." + some(ALPHANUMERIC, 24)
    yield "terraform", some(ALPHANUMERIC, 14) + ".atlas" + "v1." + some(ALPHANUMERIC, 60)
    yield "digitalocean", "do" + "p_v1_" + some(HEX, 64)
    yield "heroku", "HR" + "KU-" + some(HEX, 8) + "-" + some(HEX, 4) + "-" + some(HEX, 20)
    yield "telegram", some("123456789", 10) + ":A" + "A" + some(URL_SAFE, 33)
    yield (
        "discord",
        "M" + some(ALPHANUMERIC, 23) + "." + some(ALPHANUMERIC, 6) + "." + some(URL_SAFE, 27),
    )
    yield (
        "discord webhook",
        ("https://discord.com/api/web" + f"hooks/{some(DIGITS, 18)}/" + some(URL_SAFE, 68)),
    )
    yield "openai", "sk" + "-proj-" + some(URL_SAFE, 48)
    yield "anthropic", "sk" + "-ant-api03-" + some(URL_SAFE, 93)
    yield "huggingface", "hf" + "_" + some(ALPHANUMERIC, 34)
    yield "databricks", "da" + "pi" + some(HEX, 32)
    yield "shopify", "shp" + "at_" + some(HEX, 32)
    yield "new relic", "NR" + "AK-" + some(UPPER + DIGITS, 27)
    yield "grafana", "gl" + "sa_" + some(ALPHANUMERIC, 32) + "_" + some(HEX, 8)
    yield "sentry", "sntr" + "ys_" + some(ALPHANUMERIC, 60)


def _of_platforms_and_models(rng: random.Random) -> Iterator[tuple[str, str]]:
    def some(alphabet: str, length: int) -> str:
        return draw(rng, alphabet, length)

    yield "linear", "lin" + "_api_" + some(ALPHANUMERIC, 40)
    yield "postman", "PM" + "AK-" + some(HEX, 24) + "-" + some(HEX, 34)
    yield "atlassian", "ATA" + "TT3" + some(URL_SAFE, 60)
    yield "age", "AGE-SECRET" + "-KEY-1" + some(UPPER + DIGITS, 58)
    yield "our own", "la" + "bo_" + some(URL_SAFE, 43)
    yield "bcrypt", "$2" + "y$10$" + some(ALPHANUMERIC + "./", 53)
    yield "sha512 crypt", "$6" + "$" + some(ALPHANUMERIC, 8) + "$" + some(ALPHANUMERIC + "./", 86)
    yield "apr1", "$ap" + "r1$" + some(ALPHANUMERIC, 8) + "$" + some(ALPHANUMERIC, 22)
    yield (
        "argon2",
        "$argon"
        + "2id$v=19$m=65536,t=3,p=4$"
        + some(ALPHANUMERIC, 22)
        + "$"
        + some(ALPHANUMERIC, 43),
    )
    yield "ldap hash", "{SS" + "HA}" + some(ALPHANUMERIC, 31) + "="
    yield (
        "jwt",
        ".".join((_jwt_part({"alg": "HS256"}), _jwt_part({"sub": "1"}), some(URL_SAFE, 43))),
    )
    yield "visa", luhn(rng, "4", 16)
    yield "mastercard", luhn(rng, "53", 16)
    yield "amex", luhn(rng, "37", 15)
    yield "iban de", iban(rng, "DE", 18)


def _hashes_and_numbers(rng: random.Random) -> Iterator[tuple[str, str]]:
    def some(alphabet: str, length: int) -> str:
        return draw(rng, alphabet, length)

    yield "iban nl", iban(rng, "NL", 14).replace(" ", "")


def _tokens(rng: random.Random) -> Iterator[tuple[str, str]]:
    yield from _of_clouds_and_code_hosts(rng)
    yield from _of_services(rng)
    yield from _of_platforms_and_models(rng)
    yield from _hashes_and_numbers(rng)


def _jwt_part(content: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def samples_by_form(seed: int) -> list[Sample]:
    """Every form in a sentence, in a URL's path, in JSON and at the end of a line."""
    rng = random.Random(seed)  # noqa: S311 - samples
    found = []
    for name, secret in _tokens(rng):
        text = rng.choice(
            ("calling upstream with {} failed", "got {}", '{{"note": "{}", "n": 1}}', "({}), again")
        ).format(secret)
        found.append(Sample(name, text, (secret,)))
    return [*found, *_key_blocks(rng), *_spaced_numbers(rng)]


def _key_blocks(rng: random.Random) -> Iterator[Sample]:
    lines = [draw(rng, ALPHANUMERIC + "+/", 64) for _ in range(4)]
    for kind in ("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "):
        begin, end = (
            f"-----BEGIN {kind}PRI" + "VATE KEY-----",
            f"-----END {kind}PRI" + "VATE KEY-----",
        )
        body = "\n".join(lines)
        escaped = "\\n".join(lines)
        name = f"pem {kind.strip().lower() or 'pkcs8'}"
        yield Sample(name, f"key:\n{begin}\n{body}\n{end}\nafter", tuple(lines))
        yield Sample(f"{name} escaped", f'{{"k": "{begin}\\n{escaped}\\n{end}\\n"}}', tuple(lines))
        yield Sample(f"{name} cut at its end", f"loaded {begin}\n{body[:150]}", tuple(lines[:2]))
        yield Sample(f"{name} cut at its start", f"{body[10:]}\n{end}\nafter", tuple(lines[1:]))
    block = "PGP PRI" + "VATE KEY BLOCK"
    yield Sample(
        "pgp", f"-----BEGIN {block}-----\n\n{lines[0]}\n-----END {block}-----", (lines[0],)
    )


def _spaced_numbers(rng: random.Random) -> Iterator[Sample]:
    card = luhn(rng, "4", 16)
    spaced = " ".join(card[at : at + 4] for at in range(0, 16, 4))
    yield Sample("card with blanks", f"paid by {spaced} today", (spaced, card))
    yield Sample("card with hyphens", f"paid by {spaced.replace(' ', '-')}", (spaced[-9:],))
    account = iban(rng, "DE", 18)
    spaced = " ".join(account[at : at + 4] for at in range(0, 22, 4))
    yield Sample("iban with blanks", f"transfer to {spaced} refused", (spaced,))
