"""The store on disk: whole or not there, never overwritten, synced before it says so."""

import errno
import os

import pytest

from cam2bytes.lib.store import LocalStore, ObjectMissing, StoreError, StoreFull


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "media")


def files(store):
    return sorted(str(path.relative_to(store.root)) for path in store.root.rglob("*") if path.is_file())


def test_what_is_kept_is_read_back(store):
    store.keep("a/b/one", b"bytes")
    assert (store.read("a/b/one"), store.size("a/b/one"), store.exists("a/b/one")) == (b"bytes", 5, True)
    assert files(store) == ["a/b/one"]


def test_nothing_is_overwritten_and_a_failed_batch_leaves_nothing(store):
    store.keep("a/one", b"first")
    with pytest.raises(StoreError):
        store.keep_many([("a/zero", b"new"), ("a/one", b"second")])
    assert store.read("a/one") == b"first"
    assert files(store) == ["a/one"]


def test_the_file_is_synced_before_its_name_and_the_folders_after(store, monkeypatch):
    """The order of system calls is the promise; it is looked at where they leave the process."""
    calls, real_fsync, real_link = [], os.fsync, os.link

    def fsync(descriptor):
        calls.append(("fsync", os.readlink(f"/proc/self/fd/{descriptor}").replace(str(store.root), "")))
        real_fsync(descriptor)

    def link(source, target, **options):
        calls.append(("link", str(target).replace(str(store.root), "")))
        real_link(source, target, **options)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", link)
    store.keep("x/y/one", b"bytes")
    kinds = [kind for kind, _ in calls]
    assert kinds.index("link") > kinds.index("fsync")
    assert calls[0][1].startswith("/.incoming/")
    after_link = {path for kind, path in calls[kinds.index("link") + 1 :] if kind == "fsync"}
    assert {"/x/y", "/x", "", str(store.root.parent)} <= after_link

    calls.clear()
    store.keep_many([(f"x/y/{name}", b"bytes") for name in ("two", "three", "four")])
    assert [path for _, path in calls] == ["/x/y/two", "/x/y/three", "/x/y/four", "/x/y"], (
        "the folder once, none above it"
    )


def test_a_folder_made_by_another_writer_is_synced_above_too(store, monkeypatch):
    """It is there, but only its maker knows whether its entry is on the disk."""
    store.keep("x/one", b"bytes")
    (store.root / "x" / "y").mkdir()
    synced, real_fsync = [], os.fsync

    def fsync(descriptor):
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}").replace(str(store.root), ""))
        real_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    store.keep("x/y/one", b"bytes")
    assert "/x" in synced

    store.delete_prefix("x/")
    synced.clear()
    store.keep("x/y/one", b"bytes")
    assert {"/x/y", "/x", ""} <= set(synced), "folders of the same name that are other folders"


@pytest.mark.parametrize(("code", "error"), [(errno.ENOSPC, StoreFull), (errno.EIO, StoreError)])
def test_a_failed_sync_is_an_error_and_leaves_nothing(store, monkeypatch, code, error):
    def fsync(descriptor):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(error):
        store.keep("a/one", b"bytes")
    monkeypatch.undo()
    assert files(store) == []


def test_a_prefix_is_removed_whole_and_nothing_else(store):
    store.keep_many([("a/1/x", b"1"), ("a/1/y/z", b"2"), ("a/10/x", b"3")])
    store.delete_prefix("a/1/")
    store.delete_prefix("a/1/")
    assert files(store) == ["a/10/x"]
    for wrong in ("", "/", "a/10"):
        with pytest.raises(ValueError):
            store.delete_prefix(wrong)


def test_what_is_missing_says_so(store):
    with pytest.raises(ObjectMissing):
        store.open("nothing")
    assert not store.exists("nothing")
    store.delete("nothing")


def test_objects_are_found_by_how_their_keys_begin(store):
    store.keep_many([("a/1/x-1", b"1"), ("a/1/x-22", b"22"), ("a/1/y", b"3"), ("b/x", b"4")])
    assert sorted((found.key, found.size_bytes) for found in store.objects("a/1/x-")) == [
        ("a/1/x-1", 1),
        ("a/1/x-22", 2),
    ]
    assert len(list(store.objects(""))) == 4
    assert list(store.objects("c/")) == []
    assert (store.folders("a/"), store.folders("c/")) == (["1"], [])


def test_a_moved_object_is_young_under_its_new_key(store):
    store.keep("a/one", b"bytes")
    os.utime(store.local_path("a/one"), (0, 0))
    store.move("a/one", "lost+found/a/one")
    (found,) = store.objects("")
    assert (found.key, store.read(found.key)) == ("lost+found/a/one", b"bytes")
    assert found.modified_at.year > 1970
    with pytest.raises(ObjectMissing):
        store.move("a/one", "b/one")


def test_a_move_that_died_half_way_is_finished(store):
    store.keep("a/one", b"bytes")
    (store.root / "b").mkdir()
    os.link(store.local_path("a/one"), store.local_path("b/one"))
    store.move("a/one", "b/one")
    assert files(store) == ["b/one"]
    store.keep("a/one", b"other bytes")
    with pytest.raises(StoreError):
        store.move("a/one", "b/one")
    assert files(store) == ["a/one", "b/one"]
