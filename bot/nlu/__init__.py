"""Rasa graph components that understand shoppers: language, intent, entities, expectations."""
