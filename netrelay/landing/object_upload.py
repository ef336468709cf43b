"""Putting one object into a store, once: whole, or large ones in parts.

    small   PUT If-None-Match: *             there already: is it the same?
    large   HEAD                             there already: is it the same?
            POST ?uploads, PUT parts, POST ?uploadId If-None-Match: *

An object is the same if its metadata says the hash that the file has here, and it has its size. Any
step may be repeated: the key is the identity of the file. A store that makes no conditional puts is
asked before (conditional_put = false); two that put at once put the same bytes then.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, NamedTuple
from xml.sax.saxutils import escape, unescape

from netrelay.core.store_object import METADATA_PREFIX, is_key_for, metadata_headers
from netrelay.core.words import DeliveryTrouble
from netrelay.landing.object_body import ObjectBody
from netrelay.landing.s3_store import BodyPart, S3Store
from netrelay.landing.store_error import StoreAnswer, StoreError, refusal
from netrelay.runtime.clock import unix_s

MIB: Final = 1024 * 1024
# Below, a PUT that is cut short costs less than the requests of parts.
WHOLE_MAX_BYTES: Final = 64 * MIB
_PART_BYTES: Final = 32 * MIB
# As many as OpenStack Swift takes; Amazon S3 takes ten times as many.
_PARTS_MAX: Final = 1000
_TRIES_OF_A_PART: Final = 3
_LIST_PAGES: Final = 100
_ABSENT: Final = {"if-none-match": "*"}
_UPLOAD: Final = re.compile(rb"<Upload>(.*?)</Upload>", re.DOTALL)
_UPLOAD_ID: Final = re.compile(rb"<UploadId>([^<]{1,1024})</UploadId>")
_KEY: Final = re.compile(rb"<Key>([^<]{1,1024})</Key>")
_NEXT_KEY: Final = re.compile(rb"<NextKeyMarker>([^<]{1,1024})</NextKeyMarker>")
_NEXT_UPLOAD: Final = re.compile(rb"<NextUploadIdMarker>([^<]{1,1024})</NextUploadIdMarker>")
_IS_COMPLETE: Final = re.compile(rb"</CompleteMultipartUploadResult\s*>")
_IS_CUT: Final = re.compile(rb"<IsTruncated>\s*true\s*</IsTruncated>")


class StoreObject(NamedTuple):
    """An object that is wanted in the store; metadata has `blake3` and `size` among others."""

    key: str
    metadata: Mapping[str, str]
    content_type: str


def put_object(
    store: S3Store, wanted: StoreObject, body: ObjectBody, *, is_conditional: bool
) -> None:
    """Put an object, unless it is there; durable in the store on return.

    StoreError otherwise: STORE_CONFLICT if something else has its key. BodyChangedError if the
    bytes are not those that came. After any error it may be there, or not, and be put again.
    """
    if body.size_bytes > WHOLE_MAX_BYTES:
        if not _is_there(store, wanted):
            _put_parts(store, wanted, body, is_conditional=is_conditional)
        return
    if not is_conditional and _is_there(store, wanted):
        return
    headers = {**_headers(wanted), **(_ABSENT if is_conditional else {})}
    part = BodyPart(body, 0, body.size_bytes, is_last=True)
    answer = store.put(wanted.key, {}, headers, part)
    if not answer.is_good:
        _take_for_there(store, wanted, answer)


def try_bucket(store: S3Store) -> None:
    """Ask for a key of the bucket; StoreError tells what is wrong with place, bucket or keys."""
    _good(store.ask("GET", query={"list-type": "2", "max-keys": "1"}))


def abort_uploads(store: S3Store, prefix: str, destination: str) -> int:
    """Abort what earlier runs of this node left half uploaded; return how many uploads that were.

    No other node makes keys of this destination. Call it while nothing is uploaded.
    """
    aborted = 0
    query = {"uploads": "", "prefix": f"{prefix}/" if prefix else ""}
    for _ in range(_LIST_PAGES):
        page = _good(store.ask("GET", query=query)).content
        for upload in _UPLOAD.findall(page):
            key, upload_id = _text(_KEY, upload), _text(_UPLOAD_ID, upload)
            if upload_id and is_key_for(key, prefix, destination):
                _abort(store, key, upload_id)
                aborted += 1
        marker = _text(_NEXT_KEY, page)
        if not marker or not _IS_CUT.search(page):
            break
        query |= {"key-marker": marker, "upload-id-marker": _text(_NEXT_UPLOAD, page)}
    return aborted


def _put_parts(
    store: S3Store, wanted: StoreObject, body: ObjectBody, *, is_conditional: bool
) -> None:
    begun = _good(store.ask("POST", wanted.key, {"uploads": ""}, _headers(wanted)))
    upload_id = _text(_UPLOAD_ID, begun.content)
    if not upload_id:
        raise StoreError(DeliveryTrouble.STORE_BUSY, "the store gave no number for an upload")
    try:
        tags = [
            _put_part(store, wanted.key, upload_id, number, part)
            for number, part in enumerate(_parts(body), 1)
        ]
        answer = _complete(store, wanted.key, upload_id, tags, is_conditional=is_conditional)
        # A store says 200 before it puts the parts together: only the element says that it has.
        if answer.is_good and _IS_COMPLETE.search(answer.content):
            return
        if answer.is_good and not _is_there(store, wanted):
            reason = "the store did not say that it has put the parts together"
            raise StoreError(DeliveryTrouble.STORE_BUSY, reason)
        if answer.is_good:
            return
        _take_for_there(store, wanted, answer)
    except BaseException:
        # If this fails, too, the next start aborts it.
        with suppress(StoreError):
            _abort(store, wanted.key, upload_id)
        raise
    _abort(store, wanted.key, upload_id)


def _parts(body: ObjectBody) -> list[BodyPart]:
    size_bytes = max(_PART_BYTES, -(-body.size_bytes // _PARTS_MAX))
    return [
        BodyPart(
            body,
            offset,
            min(size_bytes, body.size_bytes - offset),
            is_last=offset + size_bytes >= body.size_bytes,
        )
        for offset in range(0, body.size_bytes, size_bytes)
    ]


def _put_part(store: S3Store, key: str, upload_id: str, number: int, part: BodyPart) -> str:
    """Put a part, more than once if need be; return the store's tag of it."""
    query = {"partNumber": str(number), "uploadId": upload_id}
    for is_last_try in (*[False] * (_TRIES_OF_A_PART - 1), True):
        try:
            answer = _good(store.put(key, query, {}, part))
        except StoreError as error:
            passes = error.trouble in (DeliveryTrouble.STORE_AWAY, DeliveryTrouble.STORE_BUSY)
            if is_last_try or not passes:
                raise
        else:
            return answer.headers.get("etag", "")
    raise AssertionError


def _complete(
    store: S3Store, key: str, upload_id: str, tags: list[str], *, is_conditional: bool
) -> StoreAnswer:
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(tag)}</ETag></Part>"
        for number, tag in enumerate(tags, 1)
    )
    content = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
    headers = {"content-type": "application/xml", **(_ABSENT if is_conditional else {})}
    return store.ask("POST", key, {"uploadId": upload_id}, headers, content)


def _abort(store: S3Store, key: str, upload_id: str) -> None:
    answer = store.ask("DELETE", key, {"uploadId": upload_id})
    if not answer.is_good and answer.status != 404:
        raise refusal(answer, unix_s())


def _take_for_there(store: S3Store, wanted: StoreObject, answer: StoreAnswer) -> None:
    """Return if the object is in the store, as the answer says; else raise StoreError."""
    # 409: another put of this key is not over yet (Amazon S3).
    if answer.status not in (409, 412) or not _is_there(store, wanted):
        raise refusal(answer, unix_s())


def _is_there(store: S3Store, wanted: StoreObject) -> bool:
    """Return whether the object is in the store; StoreError STORE_CONFLICT for another one."""
    answer = store.ask("HEAD", wanted.key)
    if answer.status == 404:
        return False
    _good(answer)
    for name in ("blake3", "size"):
        found = answer.headers.get(f"x-amz-meta-{METADATA_PREFIX}{name}")
        if found != wanted.metadata[name]:
            raise _conflict()
    if answer.headers.get("content-length") != wanted.metadata["size"]:
        raise _conflict()
    return True


def _conflict() -> StoreError:
    return StoreError(
        DeliveryTrouble.STORE_CONFLICT,
        "the store has something else in its place",
        concerns_all=False,
    )


def _headers(wanted: StoreObject) -> dict[str, str]:
    return {"content-type": wanted.content_type, **metadata_headers(wanted.metadata)}


def _good(answer: StoreAnswer) -> StoreAnswer:
    if not answer.is_good:
        raise refusal(answer, unix_s())
    return answer


def _text(pattern: re.Pattern[bytes], text: bytes) -> str:
    found = pattern.search(text)
    return unescape(found[1].decode("utf-8", "replace")) if found else ""
