"""Keeps what we know, with history; checks it; publishes it."""
