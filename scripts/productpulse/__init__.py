"""ProductPulse: a SQL-first product-analytics warehouse; this package is its Python edge."""

__version__ = "0.2.0"
