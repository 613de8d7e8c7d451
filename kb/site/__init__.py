"""What readers see: Datasette's pages with our limits, headers and search, and pages of our own on the same base.

In: a release, metadata.yml. Out: plugins for Datasette (plugins/yidi.py gathers them), templates and static files.
Everything shown is read from the release; nothing is written, and no request leaves the host.
"""
