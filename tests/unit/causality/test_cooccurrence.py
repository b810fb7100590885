"""From an episode to evidence for claims that exist, and to claims it suggests."""

from __future__ import annotations

import math

from labo.domain.causality.cooccurrence import (
    MOST_SUGGESTED,
    Claim,
    EpisodeContext,
    RelatedComponent,
    examined,
    relation_to,
)
from labo.domain.causality.edges import EdgeStatus, Outcome, Relation, edge_key
from labo.domain.causality.opportunities import Episode

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


def test_a_problem_that_begins_nearby_suggests_a_claim_that_it_does_not_test() -> None:
    """Nothing new for what is claimed already, nor for what somebody provoked."""
    fresh = examined(DISK, a_context(slow(), claims=()), system="shop", as_of=math.inf)
    provoked = a_context(slow(provoked=True), claims=())

    [found] = fresh
    assert (found.claim.key, found.claim.relation) == (KEY, Relation.CALLEE)
    assert (found.evidence.outcome, found.evidence.weight) == (Outcome.TOGETHER, 0.25)
    assert examined(DISK, provoked, system="shop", as_of=math.inf) == []
    assert examined(DISK, a_context(slow(), claims=()), system="shop", as_of=T + 10) == []


def test_one_episode_suggests_a_bounded_number_of_claims_the_nearest() -> None:
    """A storm doesn't fill the graph with guesses."""
    storm = [Episode(f"p{i}", f"p{i}", WEB, T + 10 * i) for i in range(20)]
    found = examined(DISK, a_context(*storm, claims=()), system="shop", as_of=math.inf)

    assert {f.claim.effect for f in found} == {f"p{i}" for i in range(MOST_SUGGESTED)}


def test_a_problem_does_not_suggest_itself_in_place_and_self_calls_are_harmless() -> None:
    """Not even when a component calls itself."""
    again = Episode("d2", "disk", DB, T + 100)
    context = EpisodeContext(
        {
            DB: (
                RelatedComponent(DB, "database", Relation.SAME),
                RelatedComponent(DB, "database", Relation.CALLEE),
            )
        },
        {},
        {DB: [DISK, again]},
        {"disk": [DISK, again]},
    )

    found = examined(DISK, context, system="shop", as_of=math.inf)

    assert [f.claim.relation for f in found] == [Relation.CALLEE]


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
