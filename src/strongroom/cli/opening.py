"""Opening the installation of a data folder, for commands that work on the database, whether it is served or not."""

import argparse

from strongroom.app.installation import Opened, load_root_key
from strongroom.cli.serving import data_folder


def open_installation(arguments: argparse.Namespace) -> Opened:
    """Open the installation that the flags of a command name. Raises UsageError, InstallationError and RootKeyError."""
    folder = data_folder(arguments)
    return Opened(folder, load_root_key(folder))
