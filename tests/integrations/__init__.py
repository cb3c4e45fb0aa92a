"""Integrations with other frameworks, with their real packages."""
