"""A disk of one's own that can lose its power: an image behind a loop device. Root is needed."""

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

MEGABYTES = 24


def is_possible() -> bool:
    tools = all(shutil.which(tool) for tool in ("mount", "mkfs.ext4"))
    return os.geteuid() == 0 and tools and Path("/dev/loop-control").exists()


class Disk:
    """`folder` is where it is mounted. What a program wrote and did not sync is in the kernel's memory alone."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "disk"
        self._place = place
        self._number = 0
        self.folder.mkdir()
        image = self._image()
        with image.open("wb") as file:
            file.truncate(MEGABYTES << 20)
        _run("mkfs.ext4", "-q", "-b", "1024", "-m", "0", str(image))
        self._mount()

    def cut(self) -> None:
        """Cut the power: what the device has at this moment is all that is left, and the file system recovers from it.

        The copy is the whole truth: writes that wait in the kernel have not reached the image yet.
        """
        before = self._image()
        self._number += 1
        shutil.copyfile(before, self._image())
        self._unmount()
        before.unlink()
        self._mount()

    def close(self) -> None:
        self._unmount()

    def _image(self) -> Path:
        return self._place / f"disk-{self._number}.img"

    def _mount(self) -> None:
        _run("mount", "-o", "loop", str(self._image()), str(self.folder))

    def _unmount(self) -> None:
        with suppress(subprocess.CalledProcessError):
            _run("umount", str(self.folder))
            return
        _run("umount", "-l", str(self.folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
