"""A file system of a few megabytes that can be filled and emptied again."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path


class TinyDisk:
    """Mounted for the length of a `with`; needs root, as the test run in continuous integration has."""

    def __init__(self, folder: Path, *, megabytes: int, owner: str | None = None) -> None:
        self.folder = folder
        self._megabytes = megabytes
        self._owner = owner

    def __enter__(self) -> TinyDisk:
        assert os.geteuid() == 0, "a full disk is tested on a small file system, which only root can mount"
        self.folder.mkdir(parents=True, exist_ok=True)
        options = f"size={self._megabytes}m,mode=0777"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)], check=True)
        if self._owner:
            entry = pwd.getpwnam(self._owner)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        return self

    def __exit__(self, *_: object) -> None:
        # Lazily: a program that was killed may not have let go yet.
        subprocess.run(["umount", "-l", str(self.folder)], check=False)

    def fill(self) -> None:
        """Leaves no byte free."""
        filler = os.open(self.folder / "filler", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while True:
                        os.write(filler, b"\0" * size)
                except OSError:
                    continue
        finally:
            os.close(filler)

    def empty(self) -> None:
        (self.folder / "filler").unlink(missing_ok=True)
