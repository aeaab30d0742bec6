"""The Keys: the gateway in the house and the vendor's cloud, over HTTP, with the locks behind them."""

from simulators.the_keys.cloud import KeysCloudSimulator
from simulators.the_keys.gateway import GatewaySimulator
from simulators.the_keys.smartlock import Smartlock

__all__ = ["GatewaySimulator", "KeysCloudSimulator", "Smartlock"]
