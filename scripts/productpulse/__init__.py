"""ProductPulse: a SQL-first product-analytics warehouse; this package stands at its edges."""

__version__ = "0.2.0"
