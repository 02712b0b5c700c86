"""What can go wrong in a store. `StoreError` is the family; its two members ask for different answers."""


class StoreError(Exception):
    """The store could not do it now; the client keeps its bytes and sends them again (503)."""


class StoreFull(StoreError):
    """No room (507)."""


class ObjectMissing(StoreError):
    """No object under that key."""
