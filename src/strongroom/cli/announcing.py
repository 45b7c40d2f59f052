"""What `strongroom init`, `serve` and `dev` print of where and how an installation is reached."""

import argparse
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from strongroom.api.iam.owners import ROOT_NAME
from strongroom.app.console import FILES
from strongroom.app.data_folder import DataFolder
from strongroom.app.demo import Demo, find_demo
from strongroom.app.installation import Opened, load_root_key
from strongroom.app.serve import OnReady, ServedVpcEndpoint
from strongroom.cli.output import print_json
from strongroom.cli.settings import UsageError
from strongroom.server.console_files import PREFIX

_SHOWN_ONCE: Final = "shown once; set another: strongroom credentials root-password --data {}"


class MadeDev(NamedTuple):
    """A development installation that was just made: its passwords are known."""

    console_password: str
    demo: Demo | None


def console_fields(endpoint: str, password: str | None) -> dict[str, str | None]:
    """Give where the console is, and whom the first account's root user signs in as; the password if it is known."""
    return {"console_url": f"{endpoint}{PREFIX}", "console_user": ROOT_NAME, "console_password": password}


def print_vpc_endpoints(vpc_endpoints: Iterable[ServedVpcEndpoint]) -> None:
    """Print where the VPC endpoints are."""
    for each in vpc_endpoints:
        vpc = f" of {each.vpc_id}" if each.vpc_id else ""
        print(f"VPC endpoint {each.vpc_endpoint_id}{vpc} is at {each.endpoint}.", flush=True)


def show_dev(folder: DataFolder, arguments: argparse.Namespace, made: MadeDev | None) -> OnReady:
    """Give what prints how a development installation, perhaps just made, is reached."""
    fields, found = _dev_fields(folder)
    demo = (made and made.demo) or found
    password = made and made.console_password
    shown = password or _SHOWN_ONCE.format(folder.path)

    def ready(endpoint: str, vpc_endpoints: Sequence[ServedVpcEndpoint]) -> None:
        console = console_fields(endpoint, password)
        if arguments.json:
            print_json({"endpoint": endpoint, "vpc_endpoints": vpc_endpoints, **fields, **console, "demo": demo})
            return
        print(f"Strongroom runs, for development, with its data in {folder.path}. In another terminal:\n")
        print(f"  export AWS_ENDPOINT_URL={endpoint}")
        print(f"  export AWS_DEFAULT_REGION={fields['region']}")
        print(f"  export AWS_ACCESS_KEY_ID={fields['access_key_id']}")
        print(f"  export AWS_SECRET_ACCESS_KEY={fields['secret_access_key']}\n")
        print("  aws kms create-key --description 'My first key'\n")
        print(f"These are the credentials of the root user of account {fields['account_id']}.\n")
        if FILES.is_dir():
            print(f"The console is at {console['console_url']}, where {ROOT_NAME} signs in to that account with\n")
            print(f"  password  {shown}\n")
        if demo is not None:
            _print_demo(demo)
        print("Stop with Ctrl-C; run it again to go on with the same data.", flush=True)
        print_vpc_endpoints(vpc_endpoints)

    return ready


def _print_demo(demo: Demo) -> None:
    print(f"The account has a key, {demo.key_alias}, the AWS managed keys of EBS, Lambda and RDS,")
    print(f"a role, {demo.role_arn}, a second account, {demo.other_account_id}, and two users:\n")
    for user in demo.users:
        print(f"  {user.user_name}")
        print(f"    access key  {user.access_key_id}  {user.secret_access_key}")
        shown = user.password or f"shown once; set another: aws iam update-login-profile --user-name {user.user_name}"
        print(f"    password    {shown}")
    print()


def _dev_fields(folder: DataFolder) -> tuple[dict[str, str], Demo | None]:
    with Opened(folder, load_root_key(folder)) as opened:
        opened.require("dev")
        with opened.store.read() as reader:
            account_id = reader.accounts.account_ids()[0]
            keys = [key for key in reader.accounts.access_keys_of(account_id) if key.status == "Active"]
        if not keys:
            raise UsageError(f"no access key is active; run: strongroom credentials create --data {folder.path}")
        fields = {
            "account_id": account_id,
            "region": opened.installation.default_region,
            "access_key_id": keys[0].access_key_id,
            "secret_access_key": opened.secret_of(keys[0]),
        }
        return fields, find_demo(opened)
