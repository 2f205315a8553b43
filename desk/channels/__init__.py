"""Adapters of messengers. Each translates; none has rules, storage or retries of its own."""
