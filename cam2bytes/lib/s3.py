"""Objects in an S3 bucket, written with conditional puts and checksums.

django-storages reads and signs; writing goes through the client it made, because a put that must not
overwrite (`If-None-Match: *`) and must arrive whole (`ChecksumSHA256`) needs the client's own calls
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). S3 answers a put only when
the object is durable, so there is nothing more to sync. A put whose answer was lost is sent again by the
client and finds its own object there, so what is there is compared: the same bytes are kept.
"""

import base64
import contextlib
import hashlib
import io
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import storages
from django.utils.http import content_disposition_header

from cam2bytes.lib.objects import Found
from cam2bytes.lib.storeerrors import ObjectMissing, StoreError

MISSING = {"404", "NoSuchKey", "NotFound"}
EXISTS = {"PreconditionFailed", "412", "ConditionalRequestConflict"}
PARALLEL_PUTS = 8
SINGLE_PUT_LIMIT = 64 * 2**20
OWN_CONFIG = Config(
    # Some services send the checksum of the whole object with a range of it too, and the client would call that damage.
    response_checksum_validation="when_required",
    max_pool_connections=64,
    # A bucket that is away must not hold every thread of the web server: an upload is sent again anyway.
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 3},
)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextlib.contextmanager
def _s3_errors():
    try:
        yield
    except ClientError as error:
        raise (ObjectMissing if _code(error) in MISSING else StoreError)(_code(error)) from error
    except (BotoCoreError, Boto3Error) as error:
        raise StoreError(type(error).__name__) from error


class S3Store:
    """Objects in the bucket of the S3Storage `storage`."""

    @classmethod
    def from_settings(cls) -> "S3Store":
        return cls(storages["default"])

    def __init__(self, storage):
        self.storage = storage
        storage.client_config = storage.client_config.merge(OWN_CONFIG)

    @property
    def bucket(self) -> str:
        return self.storage.bucket_name

    @cached_property
    def client(self):
        """One for all threads, which clients are made for; django-storages makes one for each, which costs 0.1 s."""
        return self.storage.connection.meta.client

    # Writing ---------------------------------------------------------------------------------

    def keep(self, key: str, data: bytes) -> None:
        checksum = base64.b64encode(hashlib.sha256(data).digest()).decode()
        with _s3_errors():
            try:
                self.client.put_object(Bucket=self.bucket, Key=key, Body=data, IfNoneMatch="*", ChecksumSHA256=checksum)
            except ClientError as error:
                if _code(error) not in EXISTS or self.read(key) != data:
                    raise

    def keep_many(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """Keep every (key, bytes), several puts at a time; on an error, none stays."""
        objects = list(objects)
        with ThreadPoolExecutor(PARALLEL_PUTS) as pool:
            puts = [pool.submit(self.keep, key, data) for key, data in objects]
        failures = [put.exception() for put in puts if put.exception()]
        if failures:
            for key, _ in objects:
                self.delete(key)
            raise failures[0]

    def keep_file(self, key: str, path: Path) -> None:
        """Upload the file at `path` under `key` and remove it; parts above 64 MiB go as a multipart upload."""
        path = Path(path)
        if path.stat().st_size <= SINGLE_PUT_LIMIT:
            self.keep(key, path.read_bytes())
        else:
            with _s3_errors():
                self.client.upload_file(
                    str(path), self.bucket, key,
                    ExtraArgs={"ChecksumAlgorithm": "SHA256"},
                    Config=TransferConfig(multipart_threshold=SINGLE_PUT_LIMIT),
                )  # fmt: skip
        path.unlink()

    def temp_path(self, suffix: str = "") -> Path:
        """A name for a file in the making, on this machine; the caller removes what it leaves."""
        folder = Path(tempfile.gettempdir()) / "cam2bytes-incoming"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / f"{secrets.token_hex(12)}{suffix}"

    # Reading ---------------------------------------------------------------------------------

    def local_path(self, key: str) -> None:
        """Nothing of a bucket lies on this machine."""
        return

    def open(self, key: str) -> BinaryIO:
        """A seekable reader that fetches ranges as they are read."""
        return io.BufferedReader(_S3Reader(self, key, self.size(key)), buffer_size=2**20)

    def read(self, key: str) -> bytes:
        return self._get(key)

    def size(self, key: str) -> int:
        with _s3_errors():
            return self.client.head_object(Bucket=self.bucket, Key=key)["ContentLength"]

    def exists(self, key: str) -> bool:
        try:
            self.size(key)
        except ObjectMissing:
            return False
        return True

    def objects(self, start: str) -> Iterator[Found]:
        """The objects whose keys begin with `start`, by key."""
        for page in self._pages(Prefix=start):
            for item in page.get("Contents", []):
                yield Found(item["Key"], item["Size"], item["LastModified"])

    def folders(self, prefix: str) -> list[str]:
        """The names of the folders right below `prefix` (which ends in a slash), in order."""
        found = [item["Prefix"] for page in self._pages(Prefix=prefix, Delimiter="/") for item in
                 page.get("CommonPrefixes", [])]  # fmt: skip
        return [name.removeprefix(prefix).rstrip("/") for name in found]

    def _pages(self, **options) -> Iterator[dict]:
        with _s3_errors():
            yield from self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, **options)

    def url(self, key: str, *, content_type: str, filename: str, as_attachment: bool) -> str:
        """A signed address that works for five minutes and answers with this type and name."""
        disposition = content_disposition_header(as_attachment, filename)
        parameters = {
            "Bucket": self.bucket,
            "Key": key,
            "ResponseContentType": content_type,
            "ResponseContentDisposition": disposition,
        }
        return self.client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=300)

    def _get(self, key: str, **options) -> bytes:
        with _s3_errors():
            return self.client.get_object(Bucket=self.bucket, Key=key, **options)["Body"].read()

    # Removing --------------------------------------------------------------------------------

    def move(self, key: str, new_key: str) -> None:
        """Give an object another key; its time becomes now. Objects above 5 GB are copied in parts."""
        with _s3_errors():
            self.client.copy({"Bucket": self.bucket, "Key": key}, self.bucket, new_key)
            self.client.delete_object(Bucket=self.bucket, Key=key)

    def delete(self, key: str) -> None:
        with _s3_errors():
            self.client.delete_object(Bucket=self.bucket, Key=key)

    def delete_prefix(self, prefix: str) -> None:
        """Remove every object whose key begins with `prefix`, which must name a folder and end in a slash."""
        if not prefix.strip("/") or not prefix.endswith("/"):
            raise ValueError("a prefix names a folder and ends in a slash")
        with _s3_errors():
            for page in self._pages(Prefix=prefix):
                if keys := [{"Key": item["Key"]} for item in page.get("Contents", [])]:
                    self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": keys, "Quiet": True})

    def free_bytes(self) -> None:
        """A bucket has no end that we can see."""
        return


class _S3Reader(io.RawIOBase):
    """One object as a seekable file; each read is one ranged GET, so it is wrapped in a buffer."""

    def __init__(self, store: S3Store, key: str, size: int):
        self.store, self.key, self.size, self.position = store, key, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.size}[whence]
        self.position = max(0, base + offset)
        return self.position

    def readinto(self, buffer) -> int:
        end = min(self.position + len(buffer), self.size)
        if end <= self.position:
            return 0
        data = self.store._get(self.key, Range=f"bytes={self.position}-{end - 1}")[: end - self.position]
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)
