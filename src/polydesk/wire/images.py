"""Image bytes in and out of JSON."""

from __future__ import annotations

import base64
import binascii

from polydesk.core.messages import ImagePart
from polydesk.wire.notes import WireError


def data_url(image: ImagePart) -> str:
    """The address of `image`: its own, or its bytes as a `data:` URL."""
    if image.data is None:
        return image.url or ""
    return f"data:{image.media_type};base64,{base64_of(image.data)}"


def image_at(url: str, *, cache: bool = False) -> ImagePart:
    """The image that `url` refers to; a base64 `data:` URL gives up its bytes. Raises WireError for a broken one."""
    if not url.startswith("data:"):
        return ImagePart(url=url, cache=cache)
    head, comma, body = url[5:].partition(",")
    media_type, _, encoding = head.partition(";")
    if not comma or encoding != "base64" or not media_type:
        raise WireError("an image's data URL is not of the form data:<media type>;base64,<bytes>")
    return ImagePart(media_type=media_type, data=bytes_of(body), cache=cache)


def base64_of(data: bytes) -> str:
    """`data` as base64 text."""
    return base64.b64encode(data).decode("ascii")


def bytes_of(text: str) -> bytes:
    """The bytes of base64 `text`. Raises WireError when it is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as exc:
        raise WireError(f"an image is not valid base64: {exc}") from exc
