"""Small pictures of attached images, drawn anew: nothing of the file itself reaches a page."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from lims.models import Blob

SIDE_PX = 320
# A tablet's camera takes 12 to 50 million; what claims more is no photo but a bomb.
MOST_PIXELS = 64_000_000
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


class NoPicture(Exception):
    """The bytes are no image that can be drawn small."""


def thumbnail(blob: Blob) -> bytes:
    """Return a JPEG at most 320 pixels wide and high, or raise NoPicture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _drawn(blob)
    except (
        UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, SyntaxError,
        ValueError,
    ) as error:  # fmt: skip
        # Pillow tells of a broken file by any of these.
        raise NoPicture(str(error)) from error


def _drawn(blob: Blob) -> bytes:
    with Image.open(blob.path, formats=FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise NoPicture(f"{image.width} x {image.height} pixels are more than {MOST_PIXELS:,}.")
        # A JPEG is read at a quarter or an eighth already, which is what makes a page of photos quick.
        image.draft("RGB", (SIDE_PX, SIDE_PX))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((SIDE_PX, SIDE_PX))
        ground = Image.new("RGB", upright.size, "white")
        with_alpha = upright.convert("RGBA")
        ground.paste(with_alpha, mask=with_alpha)
        out = io.BytesIO()
        ground.save(out, "JPEG", quality=80)
        return out.getvalue()
