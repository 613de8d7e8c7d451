"""The spiders: one generic one, driven by a source entry."""
