"""Secrets that their name or place gives away, each in a text; drawn at run time."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from urllib.parse import quote
from xml.sax.saxutils import escape

from tests.builders.secrets_by_form import ALPHANUMERIC, DIGITS, HEX, Sample, draw

NAMES = (
    "password", "passwd", "pwd", "passphrase", "passwort", "Kennwort", "contraseña", "senha",
    "mot_de_passe", "пароль", "PASSWORD", "Password", "db_password", "dbPassword", "DB-PASSWORD",
    "spring.datasource.password", "secret", "client_secret", "clientSecret", "ClientSecret",
    "aws_secret_access_key", "SecretAccessKey", "api-key", "api_key", "apiKey", "APIKEY",
    "x-api-key", "X-Api-Key", "token", "access_token", "accessToken", "refresh_token", "id_token",
    "auth_token", "X-Auth-Token", "csrf_token", "private_key", "privateKey", "encryption_key",
    "signing-key", "AccountKey", "SharedAccessKey", "routing_key", "credentials", "requirepass",
    "SMTP_PASS", "db_pw", "TWILIO_AUTH_TOKEN", "HEROKU_API_KEY", "DD_API_KEY",
)  # fmt: skip
OPAQUE_NAMES = ("signature", "X-Amz-Signature", "sig", "session_id", "sessionid", "JSESSIONID",
                "PHPSESSID", "connect.sid", "sid", "_shop_session")  # fmt: skip
CODE_NAMES = ("pin", "otp", "otp_code", "cvv", "cvc", "userPin", "card_number")

_SHAPES = {
    "assignment": "{name}={value}",
    "assignment in a sentence": "login with {name}={value} refused, 3 tries left",
    "colon": "{name}: {value}",
    "quoted": '{name} = "{value}"',
    "single quotes": "{name}='{value}'",
    "json": '{{"user": "ada", "{name}": "{value}", "n": 1}}',
    "pretty json": '{{\n  "{name}":\n    "{value}"\n}}',
    "escaped json": '{{"body": "{{\\"user\\": \\"ada\\", \\"{name}\\": \\"{value}\\"}}"}}',
    "twice escaped json": '"{{\\\\\\"{name}\\\\\\":\\\\\\"{value}\\\\\\"}}"',
    "python dict": "{{'user': 'ada', '{name}': '{value}'}}",
    "ruby hash": '{{"user"=>"ada", "{name}"=>"{value}"}}',
    "php array": "[user] => ada\n[{name}] => {value}\n",
    "yaml": "db:\n  user: ada\n  {name}: {value}\n  port: 5432\n",
    "yaml block": "{name}: |\n  {value}\nother: 1\n",
    "ini": "[db]\nuser = ada\n{name} = {value}\nport = 5432\n",
    "named pair": '{{"name": "{name}", "value": "{value}"}}',
    "yaml env": "- name: {name}\n  value: {value}\n",
    "environment": "export {name}={value}; ./start",
    "go struct": "{{User:ada {name}:{value} Port:5432}}",
    "java map": "{{user=ada, {name}={value}, port=5432}}",
    "option": "./start --{name} {value} --verbose",
    "option with =": "./start --{name}={value} --verbose",
    "argv": '["./start", "--{name}", "{value}", "--verbose"]',
    "query string": "GET /login?user=ada&{name}={value}&page=2 HTTP/1.1",
    "form": "user=ada&{name}={value}",
    "otlp": '{{"key": "{name}", "value": {{"stringValue": "{value}"}}}}',
    "header": "{name}: {value}\r\nAccept: */*\r\n",
    "multipart": 'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b',
}
_ENCODED: dict[str, Callable[[str, str], str]] = {
    "url-encoded form": lambda name, value: quote(f"user=ada&{name}={value}", safe=""),
    "url-encoded json": lambda name, value: quote(json.dumps({name: value}), safe=""),
    "xml element": lambda name, value: f"<db><user>ada</user><{name}>{escape(value)}</{name}></db>",
    "escaped xml": lambda name, value: f"&lt;{name}&gt;{value}&lt;/{name}&gt;",
    "xml attribute": lambda name, value: f'<db user="ada" {name}="{value}"/>',
    "xml pair": lambda name, value: f'<add key="{name}" value="{value}"/>',
    "xml entry": lambda name, value: f'<entry key="{name}">{value}</entry>',
    "html input": lambda name, value: f'<input name="{name}" value="{value}">',
    "html entities": lambda name, value: f"{{&quot;{name}&quot;:&quot;{value}&quot;}}",
}


def samples_by_name(seed: int) -> list[Sample]:
    """Every shape with some names and every name in some shapes."""
    rng = random.Random(seed)  # noqa: S311 - samples
    found = [
        Sample(f"{shape}: {name}", _SHAPES[shape].format(name=name, value=value), (value,))
        for index, name in enumerate(NAMES * 2)
        for shape in [*rng.sample(sorted(_SHAPES), 6), sorted(_SHAPES)[index % len(_SHAPES)]]
        for value in [_value(rng)]
    ]
    ascii_names = [name for name in NAMES if name.isascii() and "." not in name]
    for shape, encode in _ENCODED.items():
        for name in rng.sample(ascii_names, 6):
            value = draw(rng, ALPHANUMERIC, 18)
            found.append(Sample(f"{shape}: {name}", encode(name, value), (value,)))
    for name in OPAQUE_NAMES:
        value = draw(rng, ALPHANUMERIC, 32)
        found.append(Sample(name, f"GET /x?{name}={value}&b=1", (value,)))
    for name in CODE_NAMES:
        value = draw(rng, DIGITS, 16 if "card" in name else 4)
        found.append(Sample(name, f"user=ada {name}={value} ok", (f"={value}",)))
    return [*found, *_places(rng)]


def _value(rng: random.Random) -> str:
    """As people choose them, and as machines draw them."""
    return rng.choice(
        (
            draw(rng, ALPHANUMERIC, 12),
            f"Hunter{draw(rng, DIGITS, 3)}!x",
            base64.b64encode(rng.randbytes(18)).decode() + "aQ==",
            draw(rng, ALPHANUMERIC, 6) + "$%" + draw(rng, ALPHANUMERIC, 4),
            draw(rng, HEX, 40),
        )
    )


def _places(rng: random.Random) -> Iterator[Sample]:
    for name, text in _PLACES.items():
        word, other = draw(rng, ALPHANUMERIC, 14), draw(rng, ALPHANUMERIC, 11)
        pair = base64.b64encode(f"ada:{word}".encode()).decode()
        shown = text.replace("¤1", word).replace("¤2", other).replace("¤3", pair)
        held = [secret for mark, secret in (("¤1", word), ("¤2", other), ("¤3", pair))
                if mark in text]  # fmt: skip
        yield Sample(name, shown, tuple(held))
    for scheme in ("postgres", "mysql", "redis", "amqp", "mongodb+srv", "https", "ftp", "ldap",
                   "smtp", "jdbc:mysql", "clickhouse", "cloudinary"):  # fmt: skip
        word = draw(rng, ALPHANUMERIC, 12)
        yield Sample(
            f"{scheme} url", f"connect to {scheme}://ada:{word}@db.test:5432/x?a=1", (word,)
        )
        yield Sample(f"{scheme} url, odd", f"{scheme}://ada:p/{word}@{word}@db.test/x", (word,))


_PLACES = {
    "bearer": "sent Authorization: Bearer ¤1.¤2 to a",
    "lower bearer": "headers: authorization=bearer ¤1¤2",
    "basic": "Authorization: Basic ¤3",
    "basic alone": "tried Basic ¤3 twice",
    "digest": 'Authorization: Digest username="ada", realm="r", response="¤1", cnonce="¤2"',
    "token scheme": "Authorization: token ¤1",
    "aws signature": "Authorization: AWS4-HMAC-SHA256 Credential=¤2/x, SignedHeaders=h, "
    "Signature=¤1¤2",
    "cookie": "Cookie: theme=¤2; sid=¤1",
    "set-cookie": "set-cookie: shop=¤1; Path=/; HttpOnly",
    "cookie in json": '{"headers": {"cookie": ["a=¤1; b=¤2"]}}',
    "header tuple": "(b'cookie', b'a=¤1')",
    "curl -u": "curl -s -u ada:¤1 https://a.test/x",
    "curl --user": "curl --user 'ada:¤1' https://a.test/x",
    "curl header": "curl -H 'Authorization: Bearer ¤1' -H \"X-Api-Key: ¤2\" https://a.test",
    "mysql -p": "mysql -h db -u root -p¤1 shop",
    "mysqldump -p": "running mysqldump --single-transaction -uroot -p'¤1' shop",
    "sshpass": "sshpass -p ¤1 ssh ada@host",
    "docker login": "docker login -u ada -p ¤1 registry.test",
    "redis-cli": "redis-cli -h cache -a ¤1 ping",
    "redis.conf": "port 6379\nrequirepass ¤1\nmasterauth ¤2\n",
    "sqlcmd": "sqlcmd -S db -U sa -P ¤1 -Q x",
    "libpq": "host=db port=5432 user=ada password=¤1 dbname=shop",
    "libpq quoted": "host=db password='¤1 ¤2' dbname=shop",
    "odbc": "Driver={PostgreSQL};Server=db;Uid=sa;Pwd=¤1;Port=5432;",
    "odbc braces": "Driver={PostgreSQL};Server=db;Uid=sa;Pwd={¤1;¤2};Port=5432;",
    "sql server": "Server=tcp:db,1433;User ID=sa;Password=¤1;Encrypt=True;",
    "jdbc": "jdbc:sqlserver://db:1433;databaseName=x;user=sa;password=¤1;encrypt=true",
    "jdbc query": "jdbc:postgresql://db/x?user=ada&password=¤1&ssl=true",
    "oracle thin": "jdbc:oracle:thin:scott/¤1@db:1521:orcl",
    "azure storage": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=¤1¤2==;x=y",
    "azure service bus": "Endpoint=sb://a.test/;SharedAccessKeyName=Root;SharedAccessKey=¤1=",
    "azure sas": "https://a.blob.test/c?sv=2022-11-02&se=2026-01-01&sr=b&sp=r&sig=¤1¤2%3D",
    "s3 presigned": "https://b.s3.test/k?X-Amz-Credential=¤2%2F2026%2Fs3&X-Amz-Signature=¤1¤2",
    "netrc": "machine api.test login ada password ¤1",
    "netrc lines": "machine api.test\n  login ada\n  password ¤1\n",
    "pgpass": "db.test:5432:shop:ada:¤1",
    "sql identified": "CREATE USER ada IDENTIFIED BY '¤1'",
    "sql password": "ALTER USER ada WITH PASSWORD '¤1'",
    "sql function": "SET PASSWORD FOR ada = PASSWORD('¤1')",
    "quotes joined": "PASSWORD=\"¤1\"'¤2' ./start",
    "sentence": "the new password is ¤1, please change it",
    "json list": '{"passwords": ["¤1", "¤2"]}',
    "kubernetes secret": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  user: ¤2\n"
    "  tls.crt: ¤1\ntype: Opaque\n",
    "kubernetes json": '{"kind":"Secret","data":{"user":"¤1","x":"¤2"},"type":"Opaque"}',
    "kubeconfig": "users:\n- name: a\n  user:\n    client-key-data: ¤1\n    token: ¤2\n",
    "docker config": '{"auths": {"r.test": {"auth": "¤3"}}}',
    "gcp account": '{"type": "service_account", "private_key_id": "¤1", "private_key": "¤2"}',
    "sentry dsn": "https://¤1¤2@o1.ingest.test/12",
    "token in a url's log-in": "git clone https://¤1¤2:x-oauth-basic@git.test/a.git",
    "wireguard": "[Interface]\nPrivateKey = ¤1¤2=\n",
    "saml": "POST /acs SAMLResponse=¤1¤2&RelayState=x",
    "snmp": "snmpwalk -v2c -c ¤1 host",
    "smbclient": "smbclient //h/s -U ada%¤1",
    "openssl": "openssl enc -aes-256-cbc -pass pass:¤1",
    "form with brackets": "user[name]=ada&user[password]=¤1",
    "encoded brackets": "user%5Bpassword%5D=¤1&x=1",
    "comma within": "password=¤1,¤2",
    "ampersand within": "password=¤1&¤2 end",
    "escaped quote within": '{"password": "¤1\\"¤2", "n": 1}',
    "escaped quote within json in json": '{"b": "{\\"password\\": \\"¤1\\\\\\"¤2\\"}"}',
    "never closed": "password='¤1 ¤2",
}
