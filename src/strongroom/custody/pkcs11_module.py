"""PKCS#11 modules: C libraries that are loaded once, and must be initialised by the process that uses them.

Source: PKCS #11 Specification 3.1 (OASIS), section 5.4 (C_Initialize, C_Finalize) and 5.1.1 on forked processes.
"""

import contextlib
import os
import threading
from pathlib import Path

import pkcs11
from pkcs11 import PKCS11Error, Session


class Pkcs11Module:
    """A module, initialised in this process.

    Attributes:
        library: the module.
        lock: to be held during each call: modules are initialised without locks of their own.
        logins: the session that logged in to a token, by the token's label: its login is one of the whole process.
    """

    def __init__(self, path: Path) -> None:
        """Load and initialise. Raises PKCS11Error."""
        self.library = pkcs11.lib(str(path))
        self.lock = threading.RLock()
        self.logins: dict[str, Session] = {}
        self._process = os.getpid()

    @property
    def is_usable(self) -> bool:
        """Whether this process initialised the module, and not one that it was forked from."""
        return self._process == os.getpid()


_modules: dict[Path, Pkcs11Module] = {}
_modules_lock = threading.Lock()


def use_module(path: Path) -> Pkcs11Module:
    """Give a module, initialised in this process. Raises PKCS11Error."""
    with _modules_lock:
        module = _modules.get(path)
        if module is not None and module.is_usable:
            return module
        if module is not None:
            # Inherited by a fork: a copy of the parent's memory, which answers as if it were initialised.
            _finalize(module)
        _modules[path] = Pkcs11Module(path)
        return _modules[path]


def finalize_modules() -> None:
    """Let all modules go, before this process forks; they are initialised again by whoever uses them next."""
    with _modules_lock:
        for module in _modules.values():
            _finalize(module)
        _modules.clear()


def _finalize(module: Pkcs11Module) -> None:
    with contextlib.suppress(PKCS11Error):
        module.library.finalize()
