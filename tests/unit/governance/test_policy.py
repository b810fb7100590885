"""What may be executed: the bundled policy, an operator's own rules, and what both can't answer."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.adapters.policy.rego import UNANSWERED, RegoPolicy, request_of
from labo.adapters.policy.tables import CaseResult, run_tables
from labo.domain.governance.autonomy import Autonomy, runs_unattended
from labo.domain.governance.policy import Enforcement, PolicyRequest
from labo.domain.governance.risk import RiskLevel
from labo.domain.governance.templates import TemplateStatus
from labo.errors import InvalidInput

REQUEST = PolicyRequest(
    template_key="restart_service@2",
    digest="d",
    status=TemplateStatus.ACTIVE,
    signed=True,
    newest=True,
    risk=RiskLevel.MEDIUM,
    autonomy=Autonomy.APPROVE,
    hour=12,
    environment="production",
    workspace="default",
    requester="n2",
    approver="ada",
    level="n2",
)
OWN = """# A freeze.
package labo.own

import rego.v1

hits contains {"rule": "freeze", "enforcement": "deny", "message": "the shop is frozen"} if {
    input.workspace == "shop"
}

hits contains {"rule": "hour", "enforcement": "audit", "message": "noon"} if input.hour == 12
"""
BUNDLED = RegoPolicy.open()


def own(folder: Path, text: str = OWN, limits: object = None) -> RegoPolicy:
    (folder / "own.rego").write_text(text)
    if limits is not None:
        (folder / "limits.json").write_text(json.dumps(limits))
    return RegoPolicy.open(folder)


@pytest.mark.parametrize("case", run_tables(), ids=lambda case: case.name)
def test_the_bundled_policy_says_what_its_table_says(case: CaseResult) -> None:
    """Exactly these rules, with this enforcement."""
    assert case.found == case.expected


def control(request: PolicyRequest) -> bool:
    """The bundled policy's refusals with its bundled limits, in plain Python."""
    asked = request.autonomy in (Autonomy.APPROVE, Autonomy.SAFE_AUTO) and request.level != "n3"
    trusted = request.signed and request.newest
    usable = request.status in (TemplateStatus.ACTIVE, TemplateStatus.DEPRECATED)
    alone = not request.approver and not runs_unattended(request.autonomy, request.risk)
    by_one = request.risk is RiskLevel.HIGH and request.approver == request.requester != ""
    return asked and trusted and usable and not alone and not by_one


@given(
    st.builds(
        PolicyRequest,
        template_key=st.just("t@1"),
        digest=st.text(max_size=5),
        status=st.sampled_from(TemplateStatus),
        signed=st.booleans(),
        newest=st.booleans(),
        risk=st.sampled_from(RiskLevel),
        autonomy=st.sampled_from(Autonomy),
        hour=st.integers(0, 23),
        environment=st.text(max_size=5),
        workspace=st.text(max_size=5),
        requester=st.sampled_from(["ada", "n2", ""]),
        approver=st.sampled_from(["ada", "bob", ""]),
        level=st.sampled_from(["memory", "n1", "n2", "n3"]),
    )
)
def test_the_policy_decides_as_plain_python_does(request: PolicyRequest) -> None:
    """Two ways to write the same rules agree on every input."""
    answer = BUNDLED.check(request)

    assert answer.allowed == control(request)
    assert answer.allowed == all(hit.enforcement is not Enforcement.DENY for hit in answer.rules)


def test_own_rules_are_added(tmp_path: Path) -> None:
    """The strictest of all decides."""
    policy = own(tmp_path)
    calm, frozen = (
        policy.check(REQUEST),
        policy.check(dataclasses.replace(REQUEST, workspace="shop")),
    )

    assert [(hit.rule, hit.enforcement.value) for hit in calm.rules] == [("hour", "audit")]
    assert (frozen.allowed, frozen.reason) == (False, "freeze: the shop is frozen")


@pytest.mark.parametrize(
    "text",
    [
        "package labo.policy\n\nimport rego.v1\n\nlisted if true\n",
        "# package labo.own\npackage labo.policy\nsigned := true",
        "",
    ],
)
def test_own_rules_cannot_redefine_the_bundled_ones(tmp_path: Path, text: str) -> None:
    """A second definition would be an alternative, and loosen."""
    with pytest.raises(
        InvalidInput, match=r"own\.rego: its first line must be `package labo\.own`"
    ):
        own(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "package labo.own\nhits contains {{",
        "package labo.own\nother := 1",
        "package labo.own\nimport rego.v1\nhits contains x if { x := nothing_known(1) }",
        'package labo.own\nimport rego.v1\nhits contains "text"',
        'package labo.own\nimport rego.v1\nhits contains {"rule": "r", "enforcement": "stop", '
        '"message": ""}',
    ],
)
def test_own_rules_that_cannot_be_evaluated_are_refused_at_the_start(
    tmp_path: Path, text: str
) -> None:
    """Not when an incident is there."""
    with pytest.raises(InvalidInput, match=r"own\.rego"):
        own(tmp_path, text)


def test_what_has_no_answer_is_denied(tmp_path: Path) -> None:
    """A rule that contradicts itself for one input, and was right for the example."""
    text = (
        "package labo.own\nimport rego.v1\nhits contains x if { some n in [1, 2]; "
        'x := {"rule": "r", "enforcement": level, "message": "m"} }\n'
        'level := "stop" if input.hour == 3\nlevel := "deny" if input.hour != 3\n'
    )
    policy = own(tmp_path, text)
    nameless = policy.check(dataclasses.replace(REQUEST, template_key="restart"))
    answer = policy.check(dataclasses.replace(REQUEST, hour=3))

    assert (answer.allowed, answer.rules[0].rule) == (False, UNANSWERED)
    assert (nameless.allowed, nameless.rules[0].rule) == (False, UNANSWERED)


def test_own_limits_replace_the_bundled_ones(tmp_path: Path) -> None:
    """By name; the others stay."""
    policy = own(tmp_path, limits={"allow_list": ["scale_out"]})

    assert "allow_list" in {hit.rule for hit in policy.check(REQUEST).rules}


@pytest.mark.parametrize(
    "limits",
    [
        {"allow_list": "*"},
        {"unattended": "medium"},
        {"elsewhere": "most"},
        {"hours": [{"from": 9, "to": 24, "risk": "low"}]},
        {"hours": [{"from": 9, "risk": "low"}]},
        {"surprise": 1},
        [],
    ],
)
def test_limits_of_another_form_are_refused(tmp_path: Path, limits: object) -> None:
    """A limit that no rule understands would limit nothing."""
    with pytest.raises(InvalidInput, match=r"limits\.json"):
        own(tmp_path, limits=limits)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"hour": 24},
        {"risk": "none"},
        {"signed": "maybe"},
        {"template_key": "restart"},
        {"status": "lost"},
    ],
)
def test_a_request_of_another_form_is_refused(document: object) -> None:
    """Nothing is left undefined: a rule about it would not apply."""
    base = {**dataclasses.asdict(REQUEST), **document} if document else document

    with pytest.raises(InvalidInput):
        request_of(base, "here")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A misspelt setting must not switch an operator's rules off."""
    with pytest.raises(InvalidInput, match="no such folder"):
        RegoPolicy.open(tmp_path / "missing")
