"""Fetches public pages politely, keeps the bytes, says what happened. Understands nothing of what they say."""
