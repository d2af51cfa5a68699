"""The database: the embedded Postgres, migrations, the pool, and all SQL."""
