"""A stand-in for The Keys: the gateway in the house and the vendor's cloud, over HTTP, with the world behind them."""

from bot.demo.the_keys.app import create_app
from bot.demo.the_keys.cloud import Cloud
from bot.demo.the_keys.gateway import Gateway
from bot.demo.the_keys.smartlock import Smartlock

__all__ = ["Cloud", "Gateway", "Smartlock", "create_app"]
