"""Rules, case life cycle, SLA clock, conversation state, money: pure, no I/O, no clock."""
