"""Power loss: whatever a disk may hold when the power goes, nothing that was acknowledged is missing from it.

SIGKILL cannot show this: the page cache survives a process. So the application is played under strace (`play`,
`record`), what it did to its data folder is read off the system calls (`trace`, `timeline`, `filesystem`), and
after each of them the power is cut in every way the model allows (`crashes`); then SQLite recovers what is left
of its files (`database`), and everything that the client had heard must be there (`promises`).

The model, after POSIX (fsync, and the rationale of its "Synchronized I/O": a call that returned is no promise
without it) and what ext4 and XFS do:

  * fsync and fdatasync of a file make its bytes and its size durable, and nothing else: not its name.
  * fsync of a folder makes its names durable (made, linked, renamed, removed), not what they lead to, and not
    the folder's own name in the folder above.
  * Whatever was not synced may be on the disk or not, in any selection: a name without its bytes, a removal
    without the link before it, a later write without an earlier one. Of a write each 512-byte sector may be
    there or not. Bytes that were never written read as zeros.
  * A sync covers what had returned when it was called, and counts once it returned. The client hears its answer
    when the application gives it.
  * A rename within a folder happens or does not; between two folders each folder has its own half.

That is harsher than ext4 (data=ordered, one journal) and XFS are: they keep names in order, and write a file's
name with its bytes. What holds here holds there; a loss here may need an unlucky file system to show.

What it does not show: a disk that says "synced" and lies; sectors that rot or are torn inside; a failed fsync
(EIO); PostgreSQL and S3, which keep their own promises; SQLite's -shm, which is dropped, as SQLite makes it anew;
access times, modes and owners. Not every selection is tried, but at every moment: none, all, each alone, all but
each, and random ones. Everything is one process with threads; what two processes do at once is the kill tests'.
"""

from tests.faults.powerloss.run import long

__all__ = ["long"]
