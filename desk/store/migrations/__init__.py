"""Alembic migrations of the desk's tables; `desk/store/migrate.py` runs them."""
