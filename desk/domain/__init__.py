"""Rules, case life cycle, SLA clock, conversation state, money: pure Python, no I/O, no clock of its own."""
