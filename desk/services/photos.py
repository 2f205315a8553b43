"""Keep photos: decode, shrink, encode afresh. What cannot be decoded as a photo is refused.

A file from outside may be a bomb, a script or a diary (its metadata). Only pixels survive.
"""

import asyncio
import hashlib
import hmac
import io
import secrets
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

from PIL import Image, ImageOps

from desk.domain.errors import DeskError
from desk.domain.people import Photo
from desk.services.uow import UnitOfWorkFactory

LARGEST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2048
FORMATS = ("JPEG", "PNG", "WEBP")
LINK_LIFE = timedelta(hours=24)
AT_ONCE = 2  # decoded pictures are large: two at a time are 400 MB at the worst


class BadPhotoError(DeskError):
    """Not a photo that we can read: `why` is "kind", "damaged" or "too_many_pixels"."""

    code: ClassVar[str] = "bad_photo"


class PhotoTooLargeError(DeskError):
    """The file has too many bytes."""

    code: ClassVar[str] = "photo_too_large"


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """A photo encoded afresh."""

    data: bytes
    media_type: str
    width: int
    height: int


def clean(data: bytes) -> CleanPhoto:
    """Decode and encode afresh, upright and without metadata. Raises BadPhotoError. Takes long."""
    if len(data) > LARGEST_BYTES:
        raise PhotoTooLargeError(most_bytes=LARGEST_BYTES)
    if not _is_of_a_kind(data):
        raise BadPhotoError(why="kind")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise BadPhotoError(why="too_many_pixels")
                picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                picture.load()
                upright = ImageOps.exif_transpose(picture)
                upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
                has_alpha = "A" in upright.getbands() or "transparency" in upright.info
                pixels = upright.convert("RGBA" if has_alpha else "RGB")
    except BadPhotoError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadPhotoError(why="too_many_pixels") from None
    except Exception as error:  # Pillow's decoders raise what they like on damaged files
        raise BadPhotoError(why="damaged") from error
    if has_alpha:
        backdrop = Image.new("RGB", pixels.size, "white")
        backdrop.paste(pixels, mask=pixels.getchannel("A"))
        pixels = backdrop
    fresh = Image.new("RGB", pixels.size)
    fresh.paste(pixels)
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=85, optimize=True)
    return CleanPhoto(out.getvalue(), "image/jpeg", fresh.width, fresh.height)


def _is_of_a_kind(data: bytes) -> bool:
    """Look at the first bytes: JPEG, PNG or WebP."""
    is_webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return data[:3] == b"\xff\xd8\xff" or data[:8] == b"\x89PNG\r\n\x1a\n" or is_webp


class PhotoFiles:
    """The folder with the photos' files, and links to them that end."""

    def __init__(self, folder: Path, secret: str) -> None:
        """Use a folder that is made when the first photo comes."""
        self._folder = folder
        self._secret = secret.encode()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def clean(self, data: bytes) -> CleanPhoto:
        """Clean in a thread. Raises BadPhotoError, PhotoTooLargeError."""
        async with self._turns:
            return await asyncio.to_thread(clean, data)

    async def write(self, photo_id: str, data: bytes) -> None:
        """Keep the file of a photo."""
        await asyncio.to_thread(self._write, self.path(photo_id), data)

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(data)
        part.replace(path)

    async def remove(self, photo_id: str) -> None:
        """Forget the file of a photo."""
        await asyncio.to_thread(self.path(photo_id).unlink, missing_ok=True)

    def path(self, photo_id: str) -> Path:
        """Return where the file of a photo lies; the id is one of ours."""
        return self._folder / f"{photo_id}.jpg"

    def link(self, photo_id: str, now: datetime) -> str:
        """Return a signed link. It stays the same for an hour, so that browsers may cache."""
        ends = int((now + LINK_LIFE).timestamp()) // 3600 * 3600
        return f"/photos/{photo_id}?exp={ends}&sig={self._sign(photo_id, ends)}"

    def is_right(self, photo_id: str, ends: int, signature: str, now: datetime) -> bool:
        """Check a link."""
        expected = self._sign(photo_id, ends)
        is_signed = hmac.compare_digest(expected.encode(), signature.encode())
        return is_signed and now.timestamp() < ends

    def _sign(self, photo_id: str, ends: int) -> str:
        text = f"photo\n{photo_id}\n{ends}".encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()


async def add_photo(
    make_uow: UnitOfWorkFactory,
    files: PhotoFiles,
    conversation_id: str,
    data: bytes,
    *,
    key: str,
    now: datetime,
) -> tuple[Photo, bool]:
    """Keep a photo of a conversation; the same key again returns the photo that is kept.

    Returns the photo and whether it is new. Raises BadPhotoError, PhotoTooLargeError.
    """
    async with make_uow(read_only=True) as uow:
        known = await uow.photos.by_key(conversation_id, key)
    if known is not None:
        return known, False
    cleaned = await files.clean(data)
    photo = Photo(
        id=f"p_{secrets.token_urlsafe(15)}",
        conversation_id=conversation_id,
        case_id=None,
        media_type=cleaned.media_type,
        width=cleaned.width,
        height=cleaned.height,
        size_bytes=len(cleaned.data),
        idempotency_key=key,
        created_at=now,
    )
    await files.write(photo.id, cleaned.data)
    async with make_uow() as uow:
        await uow.conversations.lock(conversation_id)
        known = await uow.photos.by_key(conversation_id, key)
        if known is None:
            await uow.photos.add(photo)
            await uow.commit()
    if known is not None:
        await files.remove(photo.id)
        return known, False
    return photo, True


async def photos_of_case(make_uow: UnitOfWorkFactory, case_id: int) -> Sequence[Photo]:
    """Return the photos of a case."""
    async with make_uow(read_only=True) as uow:
        return await uow.photos.of_case(case_id)
