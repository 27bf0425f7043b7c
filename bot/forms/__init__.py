"""What actions want to be told: one model each, from which modal, options, schema and messages follow."""
