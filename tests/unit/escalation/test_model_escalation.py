"""What code makes of the escalation levels' words."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from pydantic import BaseModel

from labo.adapters.llm.scripted import ScriptedModel
from labo.adapters.templates import load_templates
from labo.domain.entities.diagnoses import Verdict
from labo.domain.escalation.facts import EscalationState, doubted
from labo.domain.escalation.proposals import EscalationLevel, Proposal, ProposalStatus
from labo.domain.governance.risk import RiskLevel
from labo.ports.llm import Prompt, UnusableAnswer
from labo.prompts.first_opinion import FirstOpinion, first_opinion
from labo.prompts.structured_proposal import StructuredProposal, structured_proposal
from labo.services.escalation import levels as ladders
from labo.services.escalation.levels import ModelEscalation
from tests.builders.escalation import Says, a_case, a_proposal, an_analysis, an_opinion

TEMPLATES = load_templates()
FIRST = EscalationState(EscalationLevel.N1, None, None, None)


async def the_proposal(n2: StructuredProposal, metric: str = "cpu.utilization") -> Proposal:
    """What N2's words become."""
    levels = ModelEscalation(None, Says(StructuredProposal=n2))
    answer = await levels.ask_n2(a_case(analysis=an_analysis(metric=metric)), FIRST)
    assert answer.proposal is not None
    return answer.proposal


async def test_the_command_is_rendered_from_the_template() -> None:
    """At its mildest values, whatever the model says; the digest is over exactly this action."""
    proposal = await the_proposal(a_proposal())
    same = await the_proposal(a_proposal(parameters={"component": "checkout", "instances": 3}))
    ticket = a_proposal("open_ticket", {"component": "checkout", "focus": "latency"})
    other = await the_proposal(ticket)

    assert proposal.proposed_command == "labo-action scale --component checkout --add-instances 1"
    assert proposal.rollback_plan == (
        "Remove the 1 added instances of checkout. take them away again"
    )
    assert proposal.digest == same.digest != other.digest


@pytest.mark.parametrize(
    ("template", "said", "kept"),
    [
        ("rollback_deploy", RiskLevel.LOW, RiskLevel.HIGH),
        ("scale_out", RiskLevel.HIGH, RiskLevel.HIGH),
    ],
)
async def test_the_higher_risk_counts(template: str, said: RiskLevel, kept: RiskLevel) -> None:
    """The template's own or the model's."""
    parameters, metric = {"component": "checkout", "instances": 1}, "cpu.utilization"
    if template == "rollback_deploy":
        parameters, metric = {"component": "checkout", "steps": 1}, "deploy.count"

    assert (await the_proposal(a_proposal(template, parameters, said), metric)).risk_level is kept


async def test_a_refused_proposal_has_no_command() -> None:
    """Its words are kept masked, for whoever asks why."""
    proposal = await the_proposal(
        a_proposal("scale_out", {"component": "checkout; rm -rf /", "instances": 1})
    )

    assert (proposal.status, proposal.proposed_command) == (ProposalStatus.REFUSED, "")
    assert "scale_out@1, component" in proposal.refusal


async def test_words_of_a_model_are_shown_without_tricks() -> None:
    """No escape sequence, no line break, no endless text."""
    said = a_proposal().model_copy(update={"analysis": "\x1b[2Jall good\u202e" + "x" * 5000})
    proposal = await the_proposal(said)

    assert proposal.analysis.startswith("all goodx")
    assert len(proposal.analysis) == 2000


async def test_agreement_never_raises_a_verdict() -> None:
    """Only doubt moves it, one step down."""
    for verdict in Verdict:
        case = a_case(analysis=an_analysis(verdict=verdict))
        levels = ModelEscalation(Says(FirstOpinion=an_opinion()), None)
        assert (await levels.ask_n1(case, FIRST)).verdict is verdict
    assert [doubted(verdict) for verdict in Verdict] == [
        Verdict.LIKELY,
        Verdict.INCONCLUSIVE,
        Verdict.INCONCLUSIVE,
        Verdict.NO_PROBLEM,
    ]


async def test_a_rung_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is bounded per escalation level, whatever the adapter does."""

    class Hangs:
        async def complete(self, prompt: Prompt, answer: type[BaseModel]) -> object:
            await asyncio.Event().wait()

    monkeypatch.setattr(ladders, "LEVEL_TIMEOUT_S", 0.01)
    levels = ModelEscalation(Hangs(), None)  # type: ignore[arg-type]
    answer = await levels.ask_n1(a_case(), FIRST)

    assert (answer.note, answer.proposal) == ("N1 has no usable answer", None)


@pytest.mark.parametrize(
    ("metric", "verdict", "command"),
    [
        ("db.pool.wait", Verdict.LIKELY, "set-pool-size --component checkout --percent 10"),
        ("deploy.count", Verdict.LIKELY, "rollback-deploy --component checkout --steps 1"),
        ("cpu.utilization", Verdict.CONFIRMED, "scale --component checkout --add-instances 1"),
        (
            "memory.usage",
            Verdict.LIKELY,
            "restart --component checkout --strategy rolling --drain-seconds 0",
        ),
        ("cache.misses", Verdict.LIKELY, "flush-cache --component checkout --scope expired"),
        (
            "cpu.utilization",
            Verdict.INCONCLUSIVE,
            "open-ticket --component checkout --focus latency",
        ),
    ],
)
async def test_the_scripted_model_follows_the_facts(
    metric: str, verdict: Verdict, command: str
) -> None:
    """A change only for a cause that was singled out, else somebody looks."""
    case = a_case(analysis=an_analysis(metric=metric, verdict=verdict))
    levels = ModelEscalation(ScriptedModel(), ScriptedModel())
    proposal = (await levels.ask_n2(case, FIRST)).proposal

    assert proposal is not None
    assert (proposal.escalation_level, proposal.status) == (
        EscalationLevel.N2,
        ProposalStatus.PENDING,
    )
    assert proposal.proposed_command == f"labo-action {command}"


async def test_the_scripted_model_says_the_same_twice() -> None:
    """And it costs no token."""
    model, case = ScriptedModel(), a_case()
    first = await model.complete(first_opinion(case), FirstOpinion)

    assert await model.complete(first_opinion(case), FirstOpinion) == first
    assert (first.input_tokens, first.output_tokens) == (0, 0)


async def test_without_suspects_the_scripted_model_has_somebody_look() -> None:
    """It names what the incident itself names."""
    analysis = an_analysis(verdict=Verdict.INCONCLUSIVE)
    bare = type(analysis)("i1", Verdict.INCONCLUSIVE, (), (), (), (), None)
    prompt = structured_proposal(a_case(analysis=bare))
    said = (await ScriptedModel().complete(prompt, StructuredProposal)).answer

    assert (said.template_id, said.parameters["component"]) == ("open_ticket", "checkout")


async def test_the_scripted_model_refuses_what_it_does_not_know() -> None:
    """Another question gets a clear failure, no guess."""

    class Poem(BaseModel):
        verse: str

    with pytest.raises(UnusableAnswer):
        await ScriptedModel().complete(first_opinion(a_case()), Poem)
    with pytest.raises(UnusableAnswer):
        await ScriptedModel().complete(Prompt("p", "", "", {}), FirstOpinion)


async def test_n1_chooses_among_safe_actions_without_a_bad_record() -> None:
    """With N2 behind it: what is risky, changes nothing or did not work here is left to N2."""
    case = replace(a_case(*TEMPLATES.values()), chances={"scale_out": 0.9})
    n1 = Says(FirstOpinion=an_opinion("scale_out", instances=1))
    levels = ModelEscalation(n1, Says(StructuredProposal=a_proposal()))

    await levels.ask_n1(case, FIRST)
    refused = await levels.ask_n1(replace(case, chances={"scale_out": 0.3}), FIRST)

    [prompt] = n1.asked
    assert "scale_out" in prompt.instructions
    assert "restart_service" not in prompt.instructions
    assert "open_ticket" not in prompt.instructions
    assert refused.note == "N1 has no safe action to choose from"


async def test_what_was_learnt_of_an_action_is_said() -> None:
    """A sentence of our own behind the model's words."""
    levels = ModelEscalation(None, Says(StructuredProposal=a_proposal()))
    answer = await levels.ask_n2(replace(a_case(), chances={"scale_out": 0.9}), FIRST)

    assert answer.proposal is not None
    assert answer.proposal.explanation.endswith("with chance 0.90.")
