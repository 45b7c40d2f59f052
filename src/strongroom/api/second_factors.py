"""One-time codes of MFA devices that come with a request.

Source: IAM User Guide, "Secure API access with MFA"; the texts are answers of STS as recorded by its users.
"""

from typing import Any, Final

import msgspec

from strongroom.authn.recent import Recent
from strongroom.authn.totp import matching_step
from strongroom.custody.secrets import unwrap_mfa_seed
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.errors import AccessDenied
from strongroom.model.identity import VirtualMfaDevice
from strongroom.model.principal import Principal
from strongroom.storage.store import Change

NOT_BOTH: Final = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
NOT_THE_CALLERS: Final = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and "
    "associated with this user."
)
WRONG_CODE: Final = "MultiFactorAuthentication failed with invalid MFA one time pass code. "


MOST_WRONG: Final = 5
WRONG_WITHIN: Final = 300.0
"""Seconds; a code has six digits, so who holds the access keys only must not be let guess."""

_USERS: Final = 4096


class SecondFactor(msgspec.Struct, frozen=True):
    """Where a request may show a second factor.

    Attributes:
        serial_number: the member that names the device.
        token_code: the member that holds its code.
    """

    serial_number: str
    token_code: str

    def sent(self, request: Any) -> bool:  # noqa: ANN401 - any request type
        """Tell whether a request shows one, or a part of one."""
        return getattr(request, self.serial_number) is not None or getattr(request, self.token_code) is not None


class WrongCodes(msgspec.Struct, frozen=True):
    """How many wrong codes somebody sent since a time on the wall, in epoch seconds."""

    since: float
    count: int


class SecondFactors:
    """Checks second factors for one worker, and remembers who sent wrong codes; for the thread of changes."""

    def __init__(self, store_keys: StoreKeys) -> None:
        """Take what unwraps the seeds of devices."""
        self._store_keys = store_keys
        self._wrong: Recent[WrongCodes] = Recent(_USERS)

    def shown(self, factor: SecondFactor, change: Change, principal: Principal, now: float, request: Any) -> bool:  # noqa: ANN401 - any request type
        """Tell whether a request shows a second factor of a principal, and use its code up.

        `now` is the time on the wall, by which devices make codes, in epoch seconds.

        Raises:
            AccessDenied: it shows half of one, one of another principal, or a wrong code; or any code after too many
                wrong ones.
        """
        serial_number, code = getattr(request, factor.serial_number), getattr(request, factor.token_code)
        if serial_number is None and code is None:
            return False
        if serial_number is None or code is None:
            raise AccessDenied(NOT_BOTH)
        self.use(change, principal, serial_number, code, now)
        return True

    def use(self, change: Change, principal: Principal, serial_number: str, code: str, now: float) -> None:
        """Use a code of a device of a principal up. Raises AccessDenied as `shown` does."""
        device = change.identities.by_arn(VirtualMfaDevice, serial_number)
        # A session of a role has no device, and the id of its role is no user's.
        if device is None or device.user_id != principal.entity_id:
            raise AccessDenied(NOT_THE_CALLERS)
        wrong = self._wrong_codes(principal.entity_id, now)
        step = matching_step(unwrap_mfa_seed(self._store_keys, device), code, now, device.last_step)
        if step is None or wrong.count >= MOST_WRONG:
            self._wrong.put(principal.entity_id, WrongCodes(wrong.since, wrong.count + 1))
            raise AccessDenied(WRONG_CODE)
        change.identities.put(msgspec.structs.replace(device, last_step=step))

    def _wrong_codes(self, user_id: str, now: float) -> WrongCodes:
        wrong = self._wrong.get(user_id)
        return WrongCodes(now, 0) if wrong is None or now - wrong.since >= WRONG_WITHIN else wrong
