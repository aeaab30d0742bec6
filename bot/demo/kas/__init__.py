"""A stand-in for KAS Cloud over HTTP, with the locks and gateways behind it."""

from bot.demo.kas.cloud import KasCloud, create_app
from bot.demo.kas.lock import KasLock

__all__ = ["KasCloud", "KasLock", "create_app"]
