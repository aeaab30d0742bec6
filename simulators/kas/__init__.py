"""KAS Cloud over HTTP, with the locks and gateways behind it."""

from simulators.kas.cloud import KasSimulator
from simulators.kas.lock import KasLock

__all__ = ["KasLock", "KasSimulator"]
