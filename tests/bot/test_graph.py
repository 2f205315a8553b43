"""The inline runner gives what Rasa's own runner gives, and runs each node once."""

from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage

from bot.graph import InlineGraphRunner


class Adder(GraphComponent):  # type: ignore[misc]
    """Adds what it is given; counts its runs."""

    runs = 0

    @classmethod
    def create(cls, *_: Any, **__: Any) -> "Adder":
        """Make one."""
        return cls()

    def add(self, **numbers: int) -> int:
        """Add."""
        Adder.runs += 1
        return sum(numbers.values())


def node(**needs: str) -> SchemaNode:
    return SchemaNode(needs=needs, uses=Adder, constructor_name="create", fn="add", config={})


@pytest.fixture
def stock(tmp_path):
    """Return Rasa's runner of a graph in which two nodes need `twice` and one needs them both."""
    schema = GraphSchema(
        {
            "sum": node(a="left", b="right"),
            "left": node(a="twice"),
            "right": node(a="twice", b="given"),
            "twice": node(a="given", b="given"),
            "aside": node(a="missing"),
        }
    )
    storage = LocalModelStorage.create(tmp_path)
    return DaskGraphRunner.create(schema, storage, ExecutionContext(schema, "model"))


@pytest.mark.parametrize("targets", [["sum"], ["twice", "right"], ["given", "left"]], ids=str)
def test_results_are_those_of_the_stock_runner(stock, targets):
    inline = InlineGraphRunner.of(stock)
    assert inline.run({"given": 5}, targets) == stock.run({"given": 5}, targets)


def test_a_node_runs_once_however_many_need_it(stock):
    Adder.runs = 0
    assert InlineGraphRunner.of(stock).run({"given": 5}, ["sum"]) == {"sum": 25}
    assert Adder.runs == 4
