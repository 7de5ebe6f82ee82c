"""Executed notebooks → a report: linked HTML pages, tables as CSV, figures as SVG."""
