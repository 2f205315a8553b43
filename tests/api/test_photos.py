"""Photos: only pixels survive, only signed links open them."""

import io
import struct
import zlib

import pytest
from aiohttp import FormData
from PIL import Image

from tests.api.test_widget import problem


def picture(kind="JPEG", size=(64, 48), **options):
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **options)
    return out.getvalue()


def bomb():
    """A PNG of a few bytes that says it is 40 000 × 40 000."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


async def upload(desk, path, data, *, headers, name="file"):
    form = FormData()
    form.add_field(name, io.BytesIO(data), filename="photo.jpg", content_type="image/jpeg")
    return await desk.client.post(path, data=form, headers=headers)


async def send(desk, widget, data, *, key="photo-1", name="file"):
    headers = {**widget.headers, **({"Idempotency-Key": key} if key else {})}
    return await upload(desk, "/api/v1/widget/photos", data, headers=headers, name=name)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_photo_is_kept_and_shown(desk, kind):
    widget = await desk.widget()
    response = await send(desk, widget, picture(kind))
    assert response.status == 201
    photo = await response.json()
    assert (photo["width"], photo["height"]) == (64, 48)
    shown = await desk.client.get(photo["url"])
    assert shown.status == 200
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.content_type == "image/jpeg"
    data = await shown.read()
    with Image.open(io.BytesIO(data)) as found:
        assert found.format == "JPEG"


async def test_the_same_key_is_the_same_photo(desk):
    widget = await desk.widget()
    first = await (await send(desk, widget, picture())).json()
    again = await send(desk, widget, picture())
    assert again.status == 200
    assert (await again.json())["id"] == first["id"]


async def test_metadata_is_gone(desk):
    exif = Image.Exif()
    exif[0x010E] = "SECRET-PLACE"
    widget = await desk.widget()
    photo = await (await send(desk, widget, picture(exif=exif))).json()
    data = await (await desk.client.get(photo["url"])).read()
    assert b"SECRET" not in data
    with Image.open(io.BytesIO(data)) as found:
        assert not dict(found.getexif())


async def test_large_photos_are_made_smaller(desk):
    widget = await desk.widget()
    photo = await (await send(desk, widget, picture(size=(4000, 2000)))).json()
    assert (photo["width"], photo["height"]) == (2048, 1024)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<svg onload='alert(1)'/>", id="svg"),
        pytest.param(b"<html><script>alert(1)</script>", id="html"),
        pytest.param(b"GIF89a" + b"\0" * 100, id="gif"),
        pytest.param(b"\xff\xd8\xff" + b"\0" * 100, id="damaged jpeg"),
        pytest.param(picture()[:200], id="half a jpeg"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"x" * 100, id="damaged png"),
        pytest.param(bomb(), id="bomb"),
    ],
)
async def test_what_is_no_photo_is_refused(desk, data):
    widget = await desk.widget()
    await problem(await send(desk, widget, data), 400, "bad_photo")


async def test_ten_megabytes_are_the_end(desk):
    widget = await desk.widget()
    response = await send(desk, widget, picture() + b"\0" * (10 * 1024 * 1024 + 1))
    await problem(response, 413, "photo_too_large")


async def test_a_form_without_a_file_and_no_form_at_all(desk):
    widget = await desk.widget()
    await problem(await send(desk, widget, picture(), name="other"), 400, "bad_form")
    await problem(await send(desk, widget, picture(), key=None), 400, "idempotency_key_needed")
    headers = {**widget.headers, "Idempotency-Key": "k"}
    response = await desk.client.post("/api/v1/widget/photos", json={}, headers=headers)
    await problem(response, 415, "unsupported_media_type")
    response = await desk.client.post(
        "/api/v1/widget/photos",
        data=b"nonsense",
        headers={**headers, "Content-Type": "multipart/form-data; boundary=x"},
    )
    await problem(response, 400, "bad_form")


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.split("?")[0],
        lambda url: url.replace("sig=", "sig=0"),
        lambda url: url.replace("exp=", "exp=9"),
        lambda url: url.replace("exp=", "exp=-"),
        lambda url: url.replace("/p_", "/p_x"),
        lambda url: url.split("sig=")[0] + "sig=é",
    ],
)
async def test_a_link_that_was_changed_opens_nothing(desk, change):
    widget = await desk.widget()
    photo = await (await send(desk, widget, picture())).json()
    await problem(await desk.client.get(change(photo["url"])), 404, "photo_not_found")


async def test_a_link_ends(desk):
    widget = await desk.widget()
    photo = await (await send(desk, widget, picture())).json()
    desk.clock.forward(hours=24)
    await problem(await desk.client.get(photo["url"]), 404, "photo_not_found")


async def test_a_photo_of_another_conversation_cannot_be_sent(desk):
    owner, thief = await desk.widget(), await desk.widget()
    photo = await (await send(desk, owner, picture())).json()
    await problem(await thief.send(photo_id=photo["id"]), 404, "photo_not_found")
    assert (await owner.send(photo_id=photo["id"])).status == 201
    await desk.idle()
    assert desk.bot.turns[0]["payload"] == f'/inform{{"photo":"{photo["id"]}"}}'
    [message, _] = await owner.history()
    assert message["content"]["photo"]["url"].startswith(f"/photos/{photo['id']}?exp=")
