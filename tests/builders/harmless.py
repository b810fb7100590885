"""Texts that only sound like secrets; what is in braces is drawn at run time."""

from __future__ import annotations

import base64
import random
import uuid
from collections.abc import Iterator

from tests.builders.secrets_by_form import HEX, draw

_TEXTS = """
prompt_tokens=512 completion_tokens: 88 total_tokens=600
{"usage": {"prompt_tokens": 512, "completion_tokens": 88, "max_tokens": 4096, "input_tokens": 3}}
token expired
token expired: please log in again
Failed password for root from 10.0.0.1 port 22 ssh2
Failed password for invalid user admin from 1.2.3.4
password changed for user ada
password: authentication failed for user "ada"
wrong password: access denied
FATAL: password authentication failed for user "postgres"
invalid token: expired
SyntaxError: Unexpected token: '}' at line 3
Unexpected token < in JSON at position 0
secret "db-creds" not found
couldn't find key tls.crt in Secret shop/db-creds
MountVolume.SetUp failed for volume "x" : secret "my-secret" not found
session opened for user root by (uid=0)
session=42 closed
signature=valid
signature verification failed: digest mismatch
token_type=bearer expires_in=3600
"token_type": "Bearer", "expires_in": 3600
WWW-Authenticate: Bearer realm="api", error="invalid_token"
Bearer authentication failed
Basic authentication is off
basic information about your account
Basic Usage: see the manual
password_length=12 password_policy=strong
tokens per second: 45.2
rate limit: 5 tokens left of 100
tokenizer=bpe tokens=1,234
author: Ada Lovelace
authority=example.test path=/x
authorized: true
unauthorized: user ada
Authorization: failed for user ada
cookie: none
PWD=/home/ada OLDPWD=/tmp
key=value primary key=17 foreign_key: order_id
keyspace=shop monkey=banana keyboard: us
partition key=customer-17
pinned=true pin=GPIO17 ping=3ms shipping: 4.99 mapping: x
option=on opt=3 sidecar=envoy side=left
compass=ok bypass=1 pass: 12 fail: 3 passed=88
tests passed: 12
https://example.test:8080/path?mail=a@b.test
see http://[::1]:8080/a and ssh://git@git.test/a.git
mail to ada@example.test
git@github.com:org/repo.git
jdbc:postgresql://db:5432/shop
postgres://db.test:5432/shop?sslmode=disable
amqp://guest@mq:5672/
image registry.test/shop/cart@sha256:{sha256}
commit {sha1}
trace_id={hex32} span_id={hex16}
traceparent: 00-{hex32}-{hex16}-01
request {uuid} took 3 ms
etag: "{md5}"
X-Request-Id: {uuid}
order 4111111111111112 created
epoch 1764490163123456 1764490163123456789
data:image/png;base64,{b64}
id=aW1hZ2U checksum={b64}
java.lang.NullPointerException at com.example.TokenService.verify(TokenService.java:42)
at com.example.PasswordEncoder.encode(PasswordEncoder.java:10)
com.example.auth.TokenFilter: request rejected
/usr/lib/python3/site-packages/secrets.py:45
/etc/ssl/private/server.key: permission denied
password_file=/run/secrets/db
--password-file /run/secrets/db
--token-ttl 30m
docker run -u 1000:1000 -p 8080:80 shop/cart
mkdir -p /var/lib/x
ssh -p 2222 host
mysql -h db -u root shop
curl -u is an option
enter password:
Password:
password=***
password="[REDACTED]" token=<hidden> secret=${DB_SECRET}
api_key={{ .Values.apiKey }}
WHERE password = ? AND token = $1
INSERT INTO users (name, password) VALUES (%s, %s)
the password is too weak
the token is valid for 30 minutes
your password was reset
key: abc
Kafka partition assignment: [orders-0, orders-1]
GC pause 12ms heap 512M->256M(1024M)
DE and GB are countries; GB29 is no account
IBAN check failed for DE00123
card declined: insufficient funds
cvv mismatch
otp sent
csrf token missing or incorrect
CSRF verification failed
ran 5 sessions; session: closed
sid: 17
x-amzn-trace-id: Root=1-{hex8}-{hex24}
arn:aws:iam::123456789012:role/shop
sk-ip this
version 1.2.3-rc.1+build.5
SELECT pg_sleep(1); -- token
Authentication token is no longer valid; new one required
rewards service: card ending in 4242
10.0.0.1:5432 connected
host:5432:retry
kind: Deployment
kind: SecretStore
kind: ConfigMap
data:
  a: b
"""
_DRAWN = {"sha256": 64, "sha1": 40, "hex32": 32, "hex16": 16, "hex8": 8, "hex24": 24, "md5": 32}


def harmless_texts(seed: int) -> Iterator[str]:
    """Each text with digests, ids and images of its own."""
    rng = random.Random(seed)  # noqa: S311 - samples
    for text in _TEXTS.strip().splitlines():
        shown = text
        for name, length in _DRAWN.items():
            shown = shown.replace(f"{{{name}}}", draw(rng, HEX, length))
        shown = shown.replace("{uuid}", str(uuid.UUID(int=rng.getrandbits(128))))
        yield shown.replace("{b64}", base64.b64encode(rng.randbytes(300)).decode())
