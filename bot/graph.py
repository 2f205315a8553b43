"""Runs a model's graph in place, one node after the other.

Rasa 3.6.21 hands the graph to dask, which plans it anew for each of a turn's three runs.
"""

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphNode, GraphNodeHook, GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage


class InlineGraphRunner(GraphRunner):
    """A graph runner without a scheduler; each node runs once in a run, after what it needs."""

    def __init__(self, schema: GraphSchema, nodes: dict[str, GraphNode]) -> None:
        """Take the graph and its loaded nodes, by name."""
        self._schema, self._nodes = schema, nodes

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> "InlineGraphRunner":
        """Load the nodes."""
        return cls.of(DaskGraphRunner(graph_schema, model_storage, execution_context, hooks))

    @classmethod
    def of(cls, runner: DaskGraphRunner) -> "InlineGraphRunner":
        """Take over the nodes that a stock runner has loaded."""
        return cls(runner._graph_schema, runner._instantiated_nodes)

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        """Return what the targets give; `inputs` are the results of placeholder nodes."""
        results = dict(inputs or {})
        return {
            target: self._result(target, results) for target in targets or self._schema.target_names
        }

    def _result(self, name: str, results: dict[str, Any]) -> Any:
        if name not in results:
            needs = self._schema.nodes[name].needs.values()
            _, results[name] = self._nodes[name](
                *((need, self._result(need, results)) for need in needs)
            )
        return results[name]
