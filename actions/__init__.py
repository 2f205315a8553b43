"""The bot's custom actions: thin, one module per task. They ask the desk and say its answer."""
