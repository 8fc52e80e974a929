"""Bytes of images and documents in and out of JSON."""

from __future__ import annotations

import base64
import binascii
import mimetypes

from polydesk.core.messages import DocumentPart, ImagePart
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


def document_url(document: DocumentPart) -> str:
    """The address of `document`: its own, or its bytes as a `data:` URL."""
    if document.data is None:
        return document.url or ""
    return f"data:{document.media_type};base64,{base64_of(document.data)}"


def document_at(url: str, *, name: str | None = None, cache: bool = False) -> DocumentPart:
    """The document that `url` refers to; a base64 `data:` URL gives up its bytes. Raises WireError for a broken one."""
    file = image_at(url)
    return DocumentPart(media_type=file.media_type, data=file.data, url=file.url, name=name, cache=cache)


def file_of(data: str, name: str | None, *, cache: bool = False) -> DocumentPart:
    """The document whose bytes are `data`: a `data:` URL, or bare base64, whose kind then follows from its name."""
    if data.startswith("data:"):
        return document_at(data, name=name, cache=cache)
    media_type = mimetypes.guess_type(name or "")[0] or "application/pdf"
    return DocumentPart(media_type=media_type, data=bytes_of(data), name=name, cache=cache)


def file_name(document: DocumentPart) -> str:
    """What `document` is called, or a plain name with the ending of its kind, for vendors that demand one."""
    return document.name or "document" + (mimetypes.guess_extension(document.media_type or "") or ".pdf")


def base64_of(data: bytes) -> str:
    """`data` as base64 text."""
    return base64.b64encode(data).decode("ascii")


def bytes_of(text: str) -> bytes:
    """The bytes of base64 `text`. Raises WireError when it is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as exc:
        raise WireError(f"an image is not valid base64: {exc}") from exc
