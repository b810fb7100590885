"""From an episode to evidence for claims that exist, and to claims it suggests."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.causality.belief import claim
from labo.domain.causality.cooccurrence import (
    MOST_SUGGESTED,
    Claim,
    EpisodeContext,
    RelatedComponent,
    examined,
    one_way,
    relation_to,
)
from labo.domain.causality.edges import EdgeStatus, Outcome, Relation, edge_key
from labo.domain.causality.opportunities import Episode
from labo.domain.causality.support import MIN_SUPPORT, is_worth_storing

T = 50_000.0
KEY = edge_key("disk", "slow", Relation.CALLEE)
CLAIM = Claim(KEY, "disk", "slow", Relation.CALLEE, 300.0, "service", EdgeStatus.PROPOSED)
DB, WEB = "shop/db", "shop/web"
RELATED = {
    DB: (
        RelatedComponent(DB, "database", Relation.SAME),
        RelatedComponent(WEB, "service", Relation.CALLEE),
    ),
    WEB: (
        RelatedComponent(WEB, "service", Relation.SAME),
        RelatedComponent(DB, "database", Relation.CALLER),
    ),
}
DISK = Episode("d", "disk", DB, T, T + 600)


def a_context(
    *episodes: Episode, claims: tuple[Claim, ...] = (CLAIM,), **known: object
) -> EpisodeContext:
    on: dict[str, list[Episode]] = {}
    of: dict[str, list[Episode]] = {}
    for episode in (DISK, *episodes):
        on.setdefault(episode.component, []).append(episode)
        of.setdefault(episode.problem, []).append(episode)
    return EpisodeContext(RELATED, {"disk": claims}, on, of, **known)  # type: ignore[arg-type]


BEFORE = 7_200.0
DISK_BEFORE = Episode("d0", "disk", DB, T - BEFORE, T - BEFORE + 600)


def earlier(episode: Episode) -> Episode:
    """The same on an earlier occasion."""
    end = None if episode.end is None else episode.end - BEFORE
    return replace(episode, id=f"{episode.id}-0", start=episode.start - BEFORE, end=end)


def slow(gap: float = 60, *, provoked: bool = False) -> Episode:
    return Episode(f"s{gap}", "slow", WEB, T + gap, T + gap + 60, provoked)


def test_a_claim_is_tested_on_each_related_component_of_its_effect_s_role() -> None:
    """The evidence names the episode, so that counting it again changes nothing."""
    context = a_context(slow(), Episode("n", "net", DB, T - 100, T))
    one = examined(DISK, context, system="shop", as_of=math.inf)
    two = examined(DISK, context, system="shop", as_of=math.inf)

    [found] = one
    evidence = found.evidence
    assert one == two
    assert (evidence.edge, evidence.outcome, evidence.gap, evidence.order) == (
        KEY, Outcome.HIT, 60.0, 1,
    )  # fmt: skip
    assert (evidence.system, evidence.origin, evidence.company) == ("shop", "d", ("net",))


def suggested(*episodes: Episode, claims: tuple[Claim, ...] = (), twice: bool = True) -> list[str]:
    """What the episode `DISK` suggests to bring about, with the same before if `twice`."""
    past = (DISK_BEFORE, *map(earlier, episodes)) if twice else ()
    context = a_context(*episodes, *past, claims=claims)
    found = examined(DISK, context, system="shop", as_of=math.inf)
    return [one.claim.effect for one in found if one.evidence.outcome is Outcome.TOGETHER]


def test_a_problem_that_begins_nearby_again_suggests_a_claim_that_it_does_not_test() -> None:
    """Nothing new for what is claimed already, nor for what somebody provoked."""
    context = a_context(slow(), DISK_BEFORE, earlier(slow()), claims=())
    [found] = examined(DISK, context, system="shop", as_of=math.inf)

    assert (found.claim.key, found.claim.relation) == (KEY, Relation.CALLEE)
    assert (found.evidence.outcome, found.evidence.weight) == (Outcome.TOGETHER, 0.25)
    assert suggested(slow(), twice=False) == []
    assert suggested(slow(), claims=(CLAIM,)) == []
    assert suggested(slow(provoked=True)) == []
    assert examined(DISK, context, system="shop", as_of=T + 10) == []


def test_the_same_occasion_is_no_repetition() -> None:
    """A problem that flaps within the lag begins once."""
    flaps = Episode("d1", "disk", DB, T - 200, T - 100)
    context = a_context(slow(), flaps, slow(-140), claims=())

    assert examined(DISK, context, system="shop", as_of=math.inf) == []


@pytest.mark.parametrize(
    ("gap", "on", "effects"),
    [
        (60, WEB, ["slow"]),
        (0, WEB, ["slow"]),  # the dependency tells the direction
        (60, DB, ["slow"]),
        (0, DB, []),  # nothing tells it
    ],
)
def test_a_claim_needs_an_order_or_a_dependency(gap: float, on: str, effects: list[str]) -> None:
    """Its opposite is then not suggested."""
    other = replace(slow(gap), component=on)
    everything = (other, DISK_BEFORE, earlier(other))
    opposite = examined(other, a_context(*everything, claims=()), system="shop", as_of=math.inf)

    assert suggested(other) == effects
    assert opposite == []


def test_the_opposite_of_a_claim_is_not_suggested_unless_that_was_refuted() -> None:
    """Between two problems one direction is claimed, in whatever relation."""
    back = replace(CLAIM, cause="slow", effect="disk", relation=Relation.SHARED, key="back")

    def found(status: EdgeStatus) -> int:
        context = a_context(slow(), DISK_BEFORE, earlier(slow()), claims=())
        claims = {"slow": (replace(back, status=status),)}
        return len(examined(DISK, replace(context, claims=claims), system="shop", as_of=math.inf))

    assert [found(status) for status in (EdgeStatus.PROPOSED, EdgeStatus.REFUTED)] == [0, 1]


def test_of_two_opposite_suggestions_the_first_stays() -> None:
    """Two components of one role may suggest both at once."""
    context = a_context(slow(), DISK_BEFORE, earlier(slow()), claims=())
    [one] = examined(DISK, context, system="shop", as_of=math.inf)
    turned = replace(one, claim=replace(one.claim, cause="slow", effect="disk"))

    assert one_way([one, turned, one]) == [one, one]


def test_one_episode_suggests_a_bounded_number_of_claims_the_nearest() -> None:
    """A storm doesn't fill the graph with guesses."""
    storm = [Episode(f"p{i}", f"p{i}", WEB, T + 10 * i) for i in range(20)]

    assert set(suggested(*storm)) == {f"p{i}" for i in range(MOST_SUGGESTED)}


def test_a_problem_does_not_suggest_itself_anywhere() -> None:
    """Not even when a component calls itself: that is the same trouble passed on."""
    again = Episode("d2", "disk", DB, T + 100)
    elsewhere = Episode("d3", "disk", WEB, T + 100)

    assert suggested(again, elsewhere) == []


EPISODES = st.lists(
    st.builds(
        lambda problem, component, minute: (problem, component, T + 60.0 * minute),
        st.sampled_from(["disk", "slow", "net"]),
        st.sampled_from([DB, WEB]),
        st.integers(0, 200),
    ),
    max_size=30,
    unique=True,
)


@given(EPISODES)
def test_no_history_suggests_a_loop_or_both_directions(rows: list[tuple[str, str, float]]) -> None:
    """Nor a claim that only one episode of its cause supports."""
    episodes = [
        Episode(f"e{i}", problem, component, at, at + 30)
        for i, (problem, component, at) in enumerate(rows)
    ]
    on = {c: [e for e in episodes if e.component == c] for c in (DB, WEB)}
    of = {p: [e for e in episodes if e.problem == p] for p in ("disk", "slow", "net")}
    context = EpisodeContext(RELATED, {}, on, of)
    found = one_way(
        one for e in episodes for one in examined(e, context, system="shop", as_of=math.inf)
    )
    pairs = {(one.claim.cause, one.claim.effect) for one in found}

    assert all(cause != effect and (effect, cause) not in pairs for cause, effect in pairs)
    assert all(len(of[cause]) >= MIN_SUPPORT for cause, _ in pairs)


def test_time_under_another_known_cause_is_no_control() -> None:
    """And what began in it was no effect without a cause."""
    net = Episode("n", "net", DB, T - 2_000, T - 1_000)
    early = Episode("e", "slow", WEB, T - 1_900, T - 1_800)
    known = {"slow": frozenset({"net", "disk"})}
    [plain] = examined(DISK, a_context(net, early), system="shop", as_of=math.inf)
    context = a_context(net, early, known_causes=known)
    [knowing] = examined(DISK, context, system="shop", as_of=math.inf)

    assert (plain.evidence.onsets, knowing.evidence.onsets) == (1, 0)
    assert knowing.evidence.exposure == plain.evidence.exposure - 900


def test_a_relation_is_the_cause_s_position_seen_from_the_effect() -> None:
    """What others depend on is a callee to them, or a host."""
    assert relation_to("caller", "database") is Relation.CALLEE
    assert relation_to("caller", "host") is Relation.HOST
    assert relation_to("callee", "service") is Relation.CALLER
    assert relation_to("sibling", "service") is Relation.SHARED


def test_an_episode_without_a_time_or_with_a_helper_s_hand_says_nothing() -> None:
    """Unknown is not normal."""
    for bad in (Episode("x", "disk", DB, math.nan), Episode("x", "disk", DB, T, provoked=True)):
        assert examined(bad, a_context(slow()), system="shop", as_of=math.inf) == []


def test_a_claim_is_stored_when_it_happened_elsewhere_and_nobody_claims_the_opposite() -> None:
    """What is stored is renewed; a refuted opposite stands in nobody's way."""
    claimed = claim("disk", "slow", Relation.SAME)
    opposite = claim("slow", "disk", Relation.CALLER)
    refuted = replace(opposite, status=EdgeStatus.REFUTED)

    assert is_worth_storing(claimed, [], elsewhere=1)
    assert not is_worth_storing(claimed, [], elsewhere=0)
    assert is_worth_storing(claimed, [claimed, opposite], elsewhere=0)
    assert not is_worth_storing(claimed, [opposite], elsewhere=5)
    assert is_worth_storing(claimed, [refuted], elsewhere=1)
