"""The demo's house and its page."""
