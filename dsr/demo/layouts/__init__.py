"""How each shop writes down the same kinds of facts: one module per shop, one :class:`~.table.Table` per table."""
