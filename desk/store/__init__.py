"""The desk's own database: tables, repositories, unit of work, migrations. No rules."""
