"""Trackers come back as they were saved, and a long conversation costs what a short one does."""

import pytest
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.tracker_store import BoundedTrackerStore
from tests.understanding.quiet_rasa import make_domain

DOMAIN = make_domain(
    """
    version: "3.1"
    intents: [greet]
    slots:
      task: {type: any, mappings: [{type: custom}]}
      task_open: {type: bool, mappings: [{type: custom}]}
    actions: [action_step]
    """
)


@pytest.fixture
def store(tmp_path):
    store = BoundedTrackerStore(str(tmp_path / "deep" / "trackers.db"), DOMAIN)
    yield store
    store.close()


async def talk(store: BoundedTrackerStore, turns: int, first: int = 1) -> DialogueStateTracker:
    tracker = await store.get_or_create_tracker("c_1:1")
    for turn in range(first, first + turns):
        tracker = await store.get_or_create_tracker("c_1:1")
        tracker.update(UserUttered(f"第{turn}句", {"name": "greet"}, message_id=f"m-{turn}"))
        tracker.update(ActionExecuted("action_step"))
        tracker.update(BotUttered("好的", {"custom": {"card": {"n": turn}}}))
        tracker.update(SlotSet("task", f"t{turn}"))
        if turn == 1:
            tracker.update(SlotSet("task_open", True))
        tracker.update(ActionExecuted("action_listen"))
        await store.save(tracker)
    return tracker


async def test_a_tracker_comes_back_as_it_was(store):
    saved = await talk(store, 1)
    read = await store.retrieve("c_1:1")
    assert read is not None
    assert [event.as_dict() for event in read.events] == [e.as_dict() for e in saved.events]
    assert read.current_slot_values() == saved.current_slot_values()


async def test_slots_outlive_the_turns_that_set_them(store):
    await talk(store, 60)
    read = await store.retrieve("c_1:1")
    assert read is not None
    assert read.get_slot("task") == "t60"
    assert read.get_slot("task_open") is True  # set in turn 1
    assert read.latest_message is not None
    assert read.latest_message.message_id == "m-60"
    assert read.latest_action_name == "action_listen"


async def test_turn_60_has_as_many_events_as_turn_6(store):
    await talk(store, 6)
    early = await store.retrieve("c_1:1")
    await talk(store, 54, first=7)
    late = await store.retrieve("c_1:1")
    assert early is not None
    assert late is not None
    assert len(late.events) == len(early.events)


async def test_a_slot_that_was_cleared_stays_clear(store):
    tracker = await talk(store, 3)
    tracker.update(SlotSet("task", None))
    await store.save(tracker)
    await talk(store, 0)
    read = await store.retrieve("c_1:1")
    assert read is not None
    assert read.get_slot("task") is None


async def test_an_unknown_conversation_is_none(store):
    assert await store.retrieve("c_9:1") is None
    assert list(await store.keys()) == []
