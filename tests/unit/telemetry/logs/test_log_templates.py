"""Templates: masks, stable names, and what a restart keeps."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.adapters.log_files.templates import LogTemplates
from labo.domain.telemetry.logs import templates as masks
from labo.domain.telemetry.logs.templates import mask, template
from labo.domain.telemetry.logs.value_lists import joined


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        ("Failed for root from 10.0.0.1 port 22", "Failed for root from <*> port <*>"),
        ("block blk_-123 at /10.0.0.1:50010", "block <*> at <*>"),
        ("id 123e4567-e89b-12d3-a456-426614174000 ok", "id <*> ok"),
        ("open /var/lib/x.db: 0xdeadBEEF", "open <*>"),
        ("uid=0 rhost=a.example user=", "uid=<*> rhost=<*> user="),
        ("peer fe80:0:0:1::2 up since 2024-01-15 10:30:45", "peer <*> up since <*>"),
        ("file \"a b\" for 'c d'", "file <*> for <*>"),
        ("mail to a.b@example.org via https://x.org/y?z", "mail to <*> via <*>"),
        ("host ns1.example.com gone", "host <*> gone"),
        ('"GET /cart?id=1 HTTP/1.1" 503 17', "GET <*> 503"),
        ('10.0.0.1 "POST /v2/7 HTTP/1.1" status: 200', "<*> POST <*> status: <*>"),
        ("paid on Nov  3 10:30:45 2026 by May 7", "paid on <*> by May <*>"),
        ("state=failed code=17", "state=failed code=<*>"),
        ("sent 5174 bytes (5.05 KB), lifetime <1 sec", "sent <*>, lifetime <*>"),
        ("ask 10.0.0.1 to delete 1, 2, 3", "ask <*> to delete <*>"),
        ("node-1 7 <ok> node-2 9 <ok>", "node-<*> <*> <ok>"),
        ("host 10.0.0.1.dsl.example.net by SOCKS5", "host <*> by SOCKS5"),
        (r"open C:\Logs\cart and ./run", "open <*> and <*>"),
        (r"part \042alt0 x\042 is bad", "part <*> is bad"),
        ('state "degraded" of "a b"', 'state "degraded" of <*>'),
        ("no numbers here", "no numbers here"),
    ],
)
def test_what_varies_is_masked(message: str, masked: str) -> None:
    """Addresses, ids, numbers, paths, hosts and quoted text become a wildcard."""
    assert mask(message) == masked


_PIECES = st.sampled_from(
    [
        *"abZ09 .:/-=@\"'<>()[]\t_",
        "Mon Jan 12 ",
        "Jul 3 10:30",
        "2024-01-15 10:30",
        "10.0.0.1",
        "x=",
        "://",
        "  ",
    ]
)


@given(st.lists(_PIECES, max_size=40).map("".join))
def test_masking_word_by_word_changes_nothing(message: str) -> None:
    """It only saves time: the text is that of the whole expression over the whole line."""
    line = f"go {message}"  # never an HTTP request, which is masked by its own rule

    assert mask(line) == joined(masks._MASK.sub(masks._unless_word, line))


def test_an_id_is_the_digest_of_the_text() -> None:
    """The same text has the same id in any process, and another text another."""
    (named,) = LogTemplates().name_all(["lost 3 packets"])

    assert named == template("lost <*> packets")
    assert named.id != template("lost <*> packet").id


def texts_of(*messages: str) -> set[str]:
    return {one.text for one in LogTemplates().name_all(messages)}


def test_words_that_say_what_happened_stay_apart() -> None:
    """However many states a link or a machine has."""
    states = ["started", "stopped", "paused", "resumed", "failed", "ok"]

    assert texts_of(*[f"VM {one} by the host" for one in states]) == {
        f"VM {one} by the host" for one in states
    }
    assert texts_of("Link to rack ok", "Link to rack error") == {
        "Link to rack ok",
        "Link to rack error",
    }


def test_a_word_of_which_there_are_many_is_a_value() -> None:
    """Three may be kinds, four are values; the first word of a message takes sixteen."""
    colours = ["blue", "green", "amber", "pink"]

    assert len(texts_of(*[f"mode of lamp is {one}" for one in colours[:3]])) == 3
    assert texts_of(*[f"mode of lamp is {one}" for one in colours]) == {"mode of lamp is <*>"}
    assert len(texts_of(*[f"{one} is the mode" for one in colours])) == 4


def test_a_word_where_a_number_may_stand_is_a_value() -> None:
    """A user `17` and a user `bob` are two users, and a user who is unknown is none."""
    assert texts_of("invalid login 17 from rack", "invalid login bob from rack") == {
        "invalid login <*> from rack"
    }
    assert len(texts_of("login of user 17", "login of user unknown")) == 2


def test_several_words_may_vary_at_once() -> None:
    """No two of these messages differ in one word only."""
    pairs = [(f"src{chr(97 + n)}", f"dst{chr(105 + n)}") for n in range(8)]

    assert texts_of(*[f"copied {one} onto {two} fully" for one, two in pairs]) == {
        "copied <*> onto <*> fully"
    }


def test_how_many_values_there_are_does_not_matter() -> None:
    """A missing host, and a list of any length."""
    hosts = ["connection from 10.0.0.1 () at 7", "connection from 10.0.0.2 (h1) at 8"]

    assert texts_of(*hosts) == {"connection from <*> () at <*>"}
    assert len(texts_of("removed blocks", "removed blocks 1", "removed blocks 1 of 2")) == 2


def test_templates_of_the_version_before_keep_their_names() -> None:
    """Its patterns had a wildcard for each value of a list, and for ids with their prefix."""
    rows = [["lost blk_<*> <*> <*> of disk", "lost blk_<*> <*> <*> of disk"]]
    templates = LogTemplates.load(json.dumps(rows))

    assert templates.name_all(["lost blk_-7 blk_8 of disk"]) == [template(rows[0][1])]


def test_learning_ahead_generalises_before_naming() -> None:
    """What differs between the lines of a batch is a wildcard in the name of each."""
    names = LogTemplates().name_all(
        ["session opened for user bob by root", "session opened for user eve by root"]
    )
    assert {one.text for one in names} == {"session opened for user <*> by root"}


def test_two_exceptions_are_two_templates() -> None:
    """However many equal words a framework puts around them, also after a restart."""
    before = "ERROR in app: Exception on / [GET] of worker one: "
    lines = [before + "OperationalError: database is locked", before + "RuntimeError: card is out"]
    templates = LogTemplates()

    texts = [one.text for one in templates.name_all(lines)]

    assert texts == [line.replace("/", "<*>") for line in lines]
    assert [one.text for one in LogTemplates.load(templates.dump()).name_all(lines)] == texts


def test_a_name_once_given_stays() -> None:
    """A template that generalises later keeps its first id: problems are known by it."""
    templates = LogTemplates()
    (first,) = templates.name_all(["session opened for user bob by root"])
    (later,) = templates.name_all(["session opened for user eve by root"])

    assert later == first


def test_a_restart_keeps_names() -> None:
    """Templates loaded from a dump give later lines the names of before."""
    templates = LogTemplates()
    templates.learn(["session opened for user eve by root"])
    (first,) = templates.name_all(["session opened for user bob by root"])
    again = LogTemplates.load(templates.dump())

    assert again.name_all(["session opened for user dan by root"]) == [first]
    assert LogTemplates.load(again.dump()).dump() == again.dump()


@given(st.lists(st.text(max_size=120), max_size=20))
def test_any_messages_can_be_named(messages: list[str]) -> None:
    """Every message gets a template, and equal messages the same one."""
    names = LogTemplates().name_all(messages)

    assert len(names) == len(messages)
    assert len({(m, n.id) for m, n in zip(messages, names, strict=True)}) == len(set(messages))


def test_very_long_messages_are_bounded() -> None:
    """A message of any length gives a template of bounded length."""
    (named,) = LogTemplates().name_all(["word " * 100_000])
    assert len(named.text) < 5_000


def test_templates_are_bounded_by_bytes() -> None:
    """Texts that never repeat push out those not met for longest; names of the others stay."""
    templates = LogTemplates()
    lengths = []
    for part in range(30):
        words = [f"{chr(97 + part % 26)}{chr(97 + n % 26)}{'x' * 60}" for n in range(200)]
        templates.name_all([f"w{'y' * number} " + " ".join(words) for number in range(20)])
        lengths.append(templates._tree_bytes)
    (kept,) = templates.name_all(["session opened for user bob by root"])
    (again,) = templates.name_all(["session opened for user bob by root"])

    assert max(lengths) < 18_000_000
    assert again == kept


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        ('{"step": "backup", "state": "disk is full"}', "state:disk is full, step:backup"),
        ('{"event": "charge", "n": 17}', "charge, n:<*>"),
        ('{"a": {"b": [1, 2]}}', "a:(b:<*> <*>)"),
        (r'"{\"step\": \"backup\", \"n\": 1}"', "n:<*>, step:backup"),
        (r'{"log": "{\"message\": \"order 17 is lost\"}"}', "order <*> is lost"),
        ("{not json} x", "{not json} x"),
        ("{}", "{}"),
    ],
)
def test_a_json_object_keeps_its_words(message: str, masked: str) -> None:
    """Quoted text is data elsewhere; of an object without a message it is all there is."""
    assert mask(message) == masked


@pytest.mark.parametrize("piece", ["a.", "a@b.", "://", "ab.cd-", "1.1.", "/", "'", '"', "x=", "+"])
def test_masking_costs_no_more_than_the_length(piece: str) -> None:
    """No start of a word is searched twice: twice the text, about twice the time at most."""
    (named,) = LogTemplates().name_all([piece * 200_000])
    assert len(named.text) < 5_000
