"""Walls around a process, where Linux gives them: other processes, files and networks are away.

Inside there are the system's programs and libraries, Python's own folders, a copy of this library
without its checks, all read-only, and one empty folder to write to. There is no network, no home
folder, no other notebook and no book. What is started inside ends when its first process does,
whatever it does against it. Nothing of this needs a privilege: it is a user namespace of one's
own (root needs none, and becomes nobody inside). Some systems forbid that (many containers, some
distributions), others do not know it (macOS).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

NEW = 0x20000000 | 0x20000 | 0x40000000 | 0x08000000  # processes, mounts, networks, messages
NEW_USER = 0x10000000
ROOT, NOBODY, STUDENT = 0, 65534, 1000  # users; for root it is nobody who works inside
BIND, RECURSIVE, PRIVATE, NOSUID, NODEV, DETACH = 4096, 16384, 1 << 18, 2, 4, 2
SETATTR, WHOLE_TREE, READ_ONLY, NO_SETUID = 442, 0x8000, 1, 2  # mount_setattr(2)
PARENT_DEATH, NO_NEW_PRIVILEGES = 1, 38  # prctl(2)
SYSTEM = "usr bin sbin lib lib32 lib64 nix gnu".split()
SETTINGS = "ld.so.cache ld.so.conf ld.so.conf.d alternatives fonts localtime".split()
WORK, LIBRARY = Path("/grading/work"), Path("/grading/library")
DEVICES = "null zero full random urandom".split()
FAILED = 97  # exit status: the walls could not be built


def inside(root: Path, library: Path, size: int, run: Callable[[], None]) -> int:
    """Build walls, call `run` in a new process inside, wait for its end and return its exit status.

    This process comes to stand outside of its old files: it should end soon after.

    Parameters
    ----------
    root : Path
        An empty folder, over which the new root folder is laid.
    library : Path
        Folder with the copy of this library; inside it is `LIBRARY`.
    size : int
        Bytes that may be written. `WORK` is the working folder, and the only one that can be
        written to; what is in it, and in /tmp, is kept in memory and gone at the end.
    run : callable
        Replaces the process by another program. What it returns or raises is not told.

    Raises
    ------
    OSError
        The system does not give them.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if drop := _is_true_root():
        _must(libc.unshare(NEW))
    else:
        _must(libc.unshare(NEW | NEW_USER))
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{STUDENT} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{STUDENT} {group} 1")
    first = os.fork()
    if not first:
        _first(libc, root, library, size, drop, run)
    os.closerange(0, 256)  # keep no end of a pipe open on behalf of a program that is gone
    return _status(os.waitpid(first, 0)[1])


def _first(libc, root: Path, library: Path, size: int, drop: bool, run) -> NoReturn:
    """The first process inside: when it ends, the system ends all others."""
    status = FAILED
    try:
        libc.prctl(PARENT_DEATH, signal.SIGKILL, 0, 0, 0)
        _furnish(libc, root, library, size)
        libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        second = os.fork()
        if not second:
            if drop:  # root may have processes without limit
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            run()
        os.closerange(0, 256)
        while (ended := os.wait())[0] != second:
            pass  # orphans come to us
        status = _status(ended[1])
    except OSError as error:
        print(f"no walls: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def _is_true_root() -> bool:
    """Root of the machine, not of a user namespace such as a container may be."""
    everybody = str(2**32 - 1)
    return os.getuid() == ROOT and everybody in Path("/proc/self/uid_map").read_text().split()


def _status(waited: int) -> int:
    return os.waitstatus_to_exitcode(waited) % 256


def _must(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _furnish(libc, root: Path, library: Path, size: int) -> None:
    """Make a root folder of chosen parts of the old one, and go there for good."""

    def mount(source, target, kind="", flags=0, data="") -> None:
        _must(libc.mount(*(os.fsencode(x) for x in (source, target, kind)), flags, data.encode()))

    mount("none", "/", flags=RECURSIVE | PRIVATE)
    mount("tmpfs", root, "tmpfs", NOSUID | NODEV, "mode=755,size=1m")
    for path in _kept():
        target = root / path.relative_to("/")
        if path.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(os.readlink(path))
        elif not target.exists():
            _place(target, path.is_dir())
            mount(path, target, flags=BIND | RECURSIVE)
    for name in DEVICES:
        _place(root / "dev" / name, False)
        mount(f"/dev/{name}", root / "dev" / name, flags=BIND)
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        (root / "dev" / name).symlink_to(f"/proc/self/{target}")
    seen = root / LIBRARY.relative_to("/")
    work, proc = root / WORK.relative_to("/"), root / "proc"
    short = {"tmp": root / "tmp", "shm": root / "dev/shm"}
    for folder in (seen, work, proc, *short.values()):
        folder.mkdir(parents=True, exist_ok=True)
    mount(library, seen, flags=BIND)
    for path in _answers():  # an installed library lies among what is kept
        if (hidden := root / path.relative_to("/")).exists():
            mount("tmpfs", hidden, "tmpfs", data="size=4k")
    _read_only(libc, root)
    with contextlib.suppress(OSError):  # not in a container that hides parts of it
        mount("proc", proc, "proc", NOSUID | NODEV)
    mount("tmpfs", work, "tmpfs", NOSUID | NODEV, f"mode=777,size={size}")
    for name, folder in short.items():
        if not any(folder.iterdir()):
            (work / name).mkdir()
            (work / name).chmod(0o777)
            mount(work / name, folder, flags=BIND)
    os.chdir(root)
    _must(libc.pivot_root(b".", b"."))  # the old root lies over the new one,
    _must(libc.umount2(b".", DETACH))  # and is taken away
    os.chdir(WORK)


def _read_only(libc, root: Path) -> None:
    attributes = (ctypes.c_uint64 * 4)(READ_ONLY | NO_SETUID, 0, 0, 0)
    here = -100  # a path from the working folder
    _must(
        libc.syscall(
            SETATTR, here, os.fsencode(root), WHOLE_TREE, attributes, ctypes.sizeof(attributes)
        )
    )


def _place(target: Path, folder: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.mkdir() if folder else target.touch()


def _kept() -> Iterator[Path]:
    """What is seen inside, outer folders first."""
    yield from (p for name in SYSTEM if (p := Path("/", name)).exists())
    yield from (p for name in SETTINGS if (p := Path("/etc", name)).exists())
    python = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    packages = {p for p in sys.path if Path(p).is_dir() and p and not holds_answers(Path(p))}
    real = {Path(p) for p in python | packages}
    yield from sorted(real | {p.resolve() for p in real} - {Path("/")})


def _answers() -> list[Path]:
    """Folders in which answers stand: the checks, and the book if this is a checkout."""
    package = Path(__file__).resolve().parents[1]
    book = ("book", "_build", "tests", ".git") if holds_answers(package.parent) else ()
    return [package / "checks", *(package.parent / name for name in book)]


def holds_answers(folder: Path) -> bool:
    """Is that a checkout, with the book in it?"""
    return (folder / "book").is_dir() and (folder / "geoviz_ml").is_dir()
