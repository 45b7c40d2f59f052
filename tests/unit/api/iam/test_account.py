"""Aliases of accounts, and GetAccountSummary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from botocore.loaders import Loader

from tests.support.in_process import OTHER_ACCOUNT, Refused
from tests.support.one_time_codes import codes
from tests.unit.api.iam.makers import DOCUMENT, give_root_a_device, make_policy, make_provider, make_role

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

ANYTHING: Final = {"Effect": "Allow", "Action": "*", "Resource": "*"}


class TestAliases:
    def test_a_new_one_takes_the_place_of_the_old(self, iam: Caller) -> None:
        assert iam("ListAccountAliases") == {"AccountAliases": [], "IsTruncated": False}
        for alias in ("first", "second"):
            iam("CreateAccountAlias", AccountAlias=alias)
        assert iam("ListAccountAliases") == {"AccountAliases": ["second"], "IsTruncated": False}
        iam("DeleteAccountAlias", AccountAlias="second")
        assert iam("ListAccountAliases")["AccountAliases"] == []

    def test_the_password_policy_stays(self, iam: Caller) -> None:
        iam("UpdateAccountPasswordPolicy", MinimumPasswordLength=20)
        iam("CreateAccountAlias", AccountAlias="first")
        iam("DeleteAccountAlias", AccountAlias="first")
        assert iam("GetAccountPasswordPolicy")["PasswordPolicy"]["MinimumPasswordLength"] == 20

    def test_it_is_unique_in_the_installation(self, service: InProcess, iam: Caller) -> None:
        service.add_account()
        other = service.root(account_id=OTHER_ACCOUNT, api="iam")
        iam("CreateAccountAlias", AccountAlias="first")
        for caller in (iam, other):
            assert caller.refused("CreateAccountAlias", AccountAlias="first") == Refused(
                "EntityAlreadyExists", "The account alias first already exists."
            )
        iam("CreateAccountAlias", AccountAlias="second")
        other("CreateAccountAlias", AccountAlias="first")

    def test_only_the_alias_of_the_account_is_deleted(self, iam: Caller) -> None:
        iam("CreateAccountAlias", AccountAlias="first")
        assert iam.refused("DeleteAccountAlias", AccountAlias="second") == Refused(
            "NoSuchEntity", "The account alias second cannot be found."
        )
        assert iam("ListAccountAliases")["AccountAliases"] == ["first"]

    @pytest.mark.parametrize("alias", ["ab", "Upper", "-a-b", "a--b", "ab-", "a.b", "a" * 64, "abc\n"])
    def test_what_is_no_alias_is_refused(self, shared_iam: Caller, alias: str) -> None:
        for operation in ("CreateAccountAlias", "DeleteAccountAlias"):
            refused = shared_iam.refused(operation, AccountAlias=alias)
            assert refused.code == "ValidationError"
            assert "at 'accountAlias' failed to satisfy constraint" in refused.message


class TestSummary:
    def test_it_has_all_keys_of_the_model(self, iam: Caller) -> None:
        shapes = Loader(include_default_search_paths=True).load_service_model("iam", "service-2")["shapes"]
        assert set(iam("GetAccountSummary")["SummaryMap"]) == set(shapes["summaryKeyType"]["enum"])

    def test_quotas_are_those_of_aws(self, iam: Caller) -> None:
        found = iam("GetAccountSummary")["SummaryMap"]
        expected = {
            "AccessKeysPerUserQuota": 2,
            "AssumeRolePolicySizeQuota": 2048,
            "AttachedPoliciesPerGroupQuota": 10,
            "AttachedPoliciesPerRoleQuota": 10,
            "AttachedPoliciesPerUserQuota": 10,
            "GroupPolicySizeQuota": 5120,
            "GroupsPerUserQuota": 10,
            "GroupsQuota": 300,
            "PoliciesQuota": 1500,
            "PolicySizeQuota": 6144,
            "PolicyVersionsInUseQuota": 10000,
            "RolePolicySizeQuota": 10240,
            "RolesQuota": 1000,
            "UserPolicySizeQuota": 2048,
            "UsersQuota": 5000,
            "VersionsPerPolicyQuota": 5,
        }
        assert {name: found[name] for name in expected} == expected

    def test_it_counts_what_there_is(self, iam: Caller) -> None:
        before = iam("GetAccountSummary")["SummaryMap"]
        iam("CreateUser", UserName="Bob")
        iam("CreateGroup", GroupName="Devs")
        make_role(iam)
        make_provider(iam)
        arn = make_policy(iam)["Arn"]
        iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=DOCUMENT)
        iam("CreateVirtualMFADevice", VirtualMFADeviceName="idle")
        device = iam("CreateVirtualMFADevice", VirtualMFADeviceName="root")["VirtualMFADevice"]
        first, second = codes(device["Base32StringSeed"])
        iam(
            "EnableMFADevice",
            UserName="Bob",
            SerialNumber=device["SerialNumber"],
            AuthenticationCode1=first,
            AuthenticationCode2=second,
        )
        after = iam("GetAccountSummary")["SummaryMap"]
        assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {
            "Users": 1,
            "Groups": 1,
            "Roles": 1,
            "Providers": 1,
            "Policies": 1,
            "PolicyVersionsInUse": 2,
            "MFADevices": 2,
            "MFADevicesInUse": 1,
        }
        assert after["AccountAccessKeysPresent"] == 1
        assert after["AccountMFAEnabled"] == 0

    def test_it_tells_of_the_device_and_the_access_keys_of_the_root_user(self, service: InProcess, iam: Caller) -> None:
        bob = service.signing(
            service.new_user("Bob", {"Version": "2012-10-17", "Statement": ANYTHING}),
            api="iam",
        )
        give_root_a_device(service)
        assert bob("GetAccountSummary")["SummaryMap"]["AccountMFAEnabled"] == 1
        (access_key,) = iam("ListAccessKeys")["AccessKeyMetadata"]
        iam("DeleteAccessKey", AccessKeyId=access_key["AccessKeyId"])
        assert bob("GetAccountSummary")["SummaryMap"]["AccountAccessKeysPresent"] == 0

    def test_it_tells_whether_the_root_user_has_a_password(self, service: InProcess, iam: Caller) -> None:
        assert iam("GetAccountSummary")["SummaryMap"]["AccountPasswordPresent"] == 1
        service.add_account()
        other = service.root(account_id=OTHER_ACCOUNT, api="iam")
        assert other("GetAccountSummary")["SummaryMap"]["AccountPasswordPresent"] == 0
        other("CreateAccountAlias", AccountAlias="acme")
        assert other("GetAccountSummary")["SummaryMap"]["AccountPasswordPresent"] == 0
