"""netrelay: files across links that come and go, kept safe by an SQLite state engine."""

__version__ = "0.1.0"
