"""Pages and files: the widget's script, the agent desk, photos, and in demo mode the demo shop."""

from pathlib import Path

from aiohttp import web
from pydantic import BaseModel, Field

from desk.api.desk import Demo, Desk, desk_of
from desk.api.out import reply
from desk.api.problems import RequestRefusedError
from desk.api.requests import read_body
from desk.api.routes import Routes
from desk.services.conversations import PhotoNotFoundError

routes = Routes("anybody")
LONG_CACHE = "public, max-age=31536000, immutable"  # Vite puts a hash of the content in the names
SHORT_CACHE = "public, max-age=300"
_IMMUTABLE_PARTS = ("assets", "widget")
_SHOP_CSP = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; base-uri 'none'; "
    "frame-ancestors 'none'"
)


@routes.add("GET", "/photos/{id}", media_type="image/jpeg")
async def get_photo(request: web.Request) -> web.StreamResponse:
    """Return a photo to whoever has a signed link; anything else is not found."""
    desk, photo_id = desk_of(request), request.match_info["id"]
    ends = request.query.get("exp", "")
    signature = request.query.get("sig", "")
    is_number = ends.isascii() and ends.isdecimal() and len(ends) < 13
    if not is_number or not desk.photos.is_right(photo_id, int(ends), signature, desk.clock()):
        raise PhotoNotFoundError()
    path = desk.photos.path(photo_id)
    if not path.is_file():
        raise PhotoNotFoundError()
    return web.FileResponse(
        path,
        headers={
            "Content-Type": "image/jpeg",
            "Cache-Control": "private, max-age=3600, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": "inline",
        },
    )


def _inside(folder: Path, tail: str) -> Path | None:
    """Return a file inside the folder, None for anything else."""
    root = folder.resolve()
    path = (root / tail).resolve()
    return path if path.is_file() and path.is_relative_to(root) else None


def _file(path: Path | None, *, cache: str, csp: str | None = None) -> web.StreamResponse:
    if path is None:
        raise web.HTTPNotFound
    headers = {"Cache-Control": cache}
    if csp is not None:
        headers["Content-Security-Policy"] = csp
    return web.FileResponse(path, headers=headers)


async def get_loader(request: web.Request) -> web.StreamResponse:
    """Return the widget's loader; cached shortly, so that a new version spreads."""
    return _file(_inside(desk_of(request).web_folder, "widget.js"), cache=SHORT_CACHE)


async def get_asset(request: web.Request) -> web.StreamResponse:
    """Return a built file of the widget or of a page."""
    part, tail = request.match_info["part"], request.match_info["tail"]
    is_immutable = part in _IMMUTABLE_PARTS or "/assets/" in f"/{tail}"
    path = _inside(desk_of(request).web_folder / part, tail)
    return _file(path, cache=LONG_CACHE if is_immutable else "no-cache")


async def get_desk_page(request: web.Request) -> web.StreamResponse:
    """Return the agent desk, whatever page of it is asked for; its files by their names."""
    tail = request.match_info.get("tail", "")
    folder = desk_of(request).web_folder / "desk"
    if tail and (path := _inside(folder, tail)):
        return _file(path, cache=LONG_CACHE if "assets" in tail else "no-cache")
    return _file(_inside(folder, "index.html"), cache="no-cache")


async def to_desk(request: web.Request) -> web.StreamResponse:
    """Send /desk to /desk/."""
    raise web.HTTPMovedPermanently("/desk/")


def _demo(desk: Desk) -> Demo:
    if desk.demo is None:
        raise web.HTTPNotFound
    return desk.demo


async def get_shop_page(request: web.Request) -> web.StreamResponse:
    """Return the demo shop; without a demo shop the address leads to the agent desk."""
    desk = desk_of(request)
    if desk.demo is None:
        raise web.HTTPFound("/desk/")
    path = _inside(desk.web_folder / "shop", "index.html") or _inside(desk.web_folder, "index.html")
    return _file(path, cache="no-cache", csp=_SHOP_CSP)


async def get_image(request: web.Request) -> web.StreamResponse:
    """Return a picture of a product of the demo shop."""
    desk = desk_of(request)
    _demo(desk)
    csp = "default-src 'none'; style-src 'unsafe-inline'; sandbox"  # they are SVG
    return _file(
        _inside(desk.images_folder, request.match_info["tail"]), cache=SHORT_CACHE, csp=csp
    )


@routes.add("GET", "/demo/products.json")
async def get_products(request: web.Request) -> web.Response:
    """Return the demo shop's catalogue (demo mode only)."""
    return web.json_response(_demo(desk_of(request)).products())


@routes.add("GET", "/demo/shoppers.json")
async def get_shoppers(request: web.Request) -> web.Response:
    """Return the demo's shoppers, for the log-in of the demo shop (demo mode only)."""
    return web.json_response(_demo(desk_of(request)).shoppers())


class DemoSignInIn(BaseModel, extra="forbid"):
    """Which shopper."""

    shopper_ref: str = Field(min_length=1, max_length=64)


class DemoSignInOut(BaseModel):
    """The token that a real shop would put on its page."""

    shopper_token: str


@routes.add("POST", "/demo/sign-in", body=DemoSignInIn, answer=DemoSignInOut)
async def demo_sign_in(request: web.Request) -> web.Response:
    """Stand for the shop's own log-in (demo mode only)."""
    desk = desk_of(request)
    demo, body = _demo(desk), await read_body(request, DemoSignInIn)
    token = demo.sign_in(body.shopper_ref, desk.clock())
    if token is None:
        raise RequestRefusedError("There is no such shopper.", code="shopper_not_found", status=404)
    return reply(DemoSignInOut(shopper_token=token))


def put_pages_on(app: web.Application) -> None:
    """Add what is no API."""
    app.router.add_get("/", get_shop_page)
    app.router.add_get("/widget.js", get_loader)
    app.router.add_get("/{part:widget|shop|assets}/{tail:.+}", get_asset)
    app.router.add_get("/desk", to_desk)
    app.router.add_get("/desk/{tail:.*}", get_desk_page)
    app.router.add_get("/demo/images/{tail:.+}", get_image)
