"""Adapters to a shop's order system. Each implements `desk.services.shop.Shop`."""
