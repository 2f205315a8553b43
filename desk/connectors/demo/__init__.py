"""The demo shop: a believable shop in its own database, dated relative to today."""

from desk.connectors.demo.data import IMAGES
from desk.connectors.demo.pages import demo_shoppers, products_json
from desk.connectors.demo.parcels import SHOP_ZONE
from desk.connectors.demo.seed import Seeding, seed
from desk.connectors.demo.shop import DemoShop

__all__ = [
    "IMAGES",
    "SHOP_ZONE",
    "DemoShop",
    "Seeding",
    "demo_shoppers",
    "products_json",
    "seed",
]
