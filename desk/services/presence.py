"""Which agents are here: whoever has the agent desk open in a browser."""


class Presence:
    """Agents whose browsers are connected to this process."""

    def __init__(self) -> None:
        """Nobody is here yet."""
        self._connections: dict[int, int] = {}

    def arrived(self, agent_id: int) -> None:
        """Count a connection."""
        self._connections[agent_id] = self._connections.get(agent_id, 0) + 1

    def left(self, agent_id: int) -> None:
        """Count a connection less."""
        rest = self._connections.get(agent_id, 0) - 1
        if rest > 0:
            self._connections[agent_id] = rest
        else:
            self._connections.pop(agent_id, None)

    def count(self) -> int:
        """Return how many agents are connected."""
        return len(self._connections)
