"""Every error that a client can get, each with its AWS code, fault and HTTP status.

Codes and texts: AWS KMS API Reference, "Common Errors" and the errors of each operation.
"""

from typing import ClassVar


class ServiceError(Exception):
    """An error with a place in the AWS API; what a client is told is `code` and `message`.

    `message` is None where AWS sends no message at all. It is kept out of the audit record where `told_to_caller_only`.
    """

    code: ClassVar[str] = "InternalFailure"
    status: ClassVar[int] = 400
    message_member: ClassVar[str] = "message"
    told_to_caller_only: ClassVar[bool] = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.code)
        self.message = message


class ServerFault(ServiceError):
    """The fault is ours; SDKs retry these."""

    status = 500


class AccessDenied(ServiceError):
    """The caller's policies do not allow the action."""

    code = "AccessDeniedException"
    message_member = "Message"


class ValidationError(ServiceError):
    """A parameter breaks a constraint of the API."""

    code = "ValidationException"


class SerializationError(ServiceError):
    """The body is not JSON, or a member has the wrong JSON type."""

    code = "SerializationException"
    message_member = "Message"


class UnknownOperation(ServiceError):
    """The target header names no operation of the service."""

    code = "UnknownOperationException"


class MissingAuthenticationToken(ServiceError):
    """The request is not signed."""

    code = "MissingAuthenticationTokenException"


class IncompleteSignature(ServiceError):
    """The signature lacks a part or is not of the form that AWS defines."""

    code = "IncompleteSignatureException"
    # It shows the credential as sent, and some send their secret there.
    told_to_caller_only = True


class InvalidSignature(ServiceError):
    """The signature does not match, is not valid now, or is scoped elsewhere."""

    code = "InvalidSignatureException"


class UnrecognizedClient(ServiceError):
    """The access key or the session token is not known, or not active."""

    code = "UnrecognizedClientException"


class ExpiredToken(ServiceError):
    """The session behind the token has ended."""

    code = "ExpiredTokenException"


class AlreadyExists(ServiceError):
    """The alias is taken."""

    code = "AlreadyExistsException"


class CustomKeyStoreNotFound(ServiceError):
    """There is no custom key store of that id."""

    code = "CustomKeyStoreNotFoundException"


class Disabled(ServiceError):
    """The key is disabled."""

    code = "DisabledException"


class DryRunOperation(ServiceError):
    """The request would have succeeded, but the caller asked for a dry run."""

    code = "DryRunOperationException"


class IncorrectKey(ServiceError):
    """The ciphertext was not made by the key that the request names."""

    code = "IncorrectKeyException"


class InvalidAliasName(ServiceError):
    """The alias name is not one that a customer may use."""

    code = "InvalidAliasNameException"


class InvalidArn(ServiceError):
    """The identifier is not valid for this member."""

    code = "InvalidArnException"


class InvalidCiphertext(ServiceError):
    """The ciphertext or its encryption context is not what was made. AWS gives no message."""

    code = "InvalidCiphertextException"


class InvalidGrantId(ServiceError):
    """The grant id is not one that CreateGrant can have given."""

    code = "InvalidGrantIdException"


class InvalidGrantToken(ServiceError):
    """The grant token names no grant."""

    code = "InvalidGrantTokenException"


class InvalidKeyUsage(ServiceError):
    """The key's usage or spec does not allow the operation."""

    code = "InvalidKeyUsageException"


class InvalidMarker(ServiceError):
    """The pagination marker was not made by this listing."""

    code = "InvalidMarkerException"


class InvalidState(ServiceError):
    """The state of the key does not allow the operation."""

    code = "KMSInvalidStateException"


class LimitExceeded(ServiceError):
    """A quota is used up."""

    code = "LimitExceededException"


class MalformedPolicyDocument(ServiceError):
    """The key policy is not valid, or would lock its author out."""

    code = "MalformedPolicyDocumentException"


class NotFound(ServiceError):
    """The key, alias or policy does not exist."""

    code = "NotFoundException"


class TagError(ServiceError):
    """The tags break a rule."""

    code = "TagException"


class Throttling(ServiceError):
    """The caller is over its rate."""

    code = "ThrottlingException"


class UnsupportedOperation(ServiceError):
    """The operation or parameter is not possible for this key or on this server."""

    code = "UnsupportedOperationException"


class DependencyTimeout(ServerFault):
    """The store did not answer in time."""

    code = "DependencyTimeoutException"


class InternalError(ServerFault):
    """Something failed that should not; the log has the cause."""

    code = "KMSInternalException"


class InvalidIdentityToken(ServiceError):
    """STS: the web identity token is not one of a trusted provider for a known audience."""

    code = "InvalidIdentityToken"


class ExpiredIdentityToken(ServiceError):
    """STS: the web identity token is not valid any more."""

    code = "ExpiredTokenException"


class IDPCommunicationError(ServiceError):
    """STS: the identity provider could not be reached; SDKs retry this."""

    code = "IDPCommunicationError"


class IDPRejectedClaim(ServiceError):
    """STS: the claims of the web identity token are not acceptable."""

    code = "IDPRejectedClaim"
    status = 403


class IncorrectKeyMaterial(ServiceError):
    """The key material is not what must be imported."""

    code = "IncorrectKeyMaterialException"


class ExpiredImportToken(ServiceError):
    """The import token is older than 24 hours."""

    code = "ExpiredImportTokenException"


class InvalidImportToken(ServiceError):
    """The import token was not made for this key."""

    code = "InvalidImportTokenException"


class Conflict(ServiceError):
    """An automatic rotation is in progress or about to begin."""

    code = "ConflictException"


class InvalidSignatureOfMessage(ServiceError):
    """Verify: the signature is not one of the message by the key. AWS gives no message."""

    code = "KMSInvalidSignatureException"


class InvalidMac(ServiceError):
    """VerifyMac: the MAC is not one of the message by the key. AWS gives no message."""

    code = "KMSInvalidMacException"


class CustomKeyStoreInvalidState(ServiceError):
    """The connection state of the custom key store, or of what is behind it, does not allow the operation."""

    code = "CustomKeyStoreInvalidStateException"


class XksKeyInvalidConfiguration(ServiceError):
    """The external key is not an enabled AES-256 key that encrypts and decrypts."""

    code = "XksKeyInvalidConfigurationException"


class XksKeyNotFound(ServiceError):
    """The external key store proxy knows no such key."""

    code = "XksKeyNotFoundException"


class XksProxyIncorrectAuthenticationCredential(ServiceError):
    """The external key store proxy does not take the credential."""

    code = "XksProxyIncorrectAuthenticationCredentialException"


class XksProxyInvalidConfiguration(ServiceError):
    """The external key store proxy is not at this URI path."""

    code = "XksProxyInvalidConfigurationException"


class XksProxyInvalidResponse(ServiceError):
    """The answer of the external key store proxy is none of its API."""

    code = "XksProxyInvalidResponseException"


class XksProxyUriUnreachable(ServiceError):
    """The external key store proxy, or all its key managers, cannot be reached."""

    code = "XksProxyUriUnreachableException"


class CustomKeyStoreNameInUse(ServiceError):
    """Another custom key store of the account and Region has the name."""

    code = "CustomKeyStoreNameInUseException"


class CustomKeyStoreHasCMKs(ServiceError):
    """KMS keys are in the custom key store."""

    code = "CustomKeyStoreHasCMKsException"


class XksKeyAlreadyInUse(ServiceError):
    """Another KMS key of the external key store stands for the external key."""

    code = "XksKeyAlreadyInUseException"


class XksProxyUriInUse(ServiceError):
    """Another external key store of the Region has its proxy at this URI."""

    code = "XksProxyUriInUseException"


class XksProxyVpcEndpointServiceNotFound(ServiceError):
    """There is no such VPC endpoint service."""

    code = "XksProxyVpcEndpointServiceNotFoundException"


class CloudHsmClusterInUse(ServiceError):
    """Another custom key store is associated with the cluster, or with one that is related to it."""

    code = "CloudHsmClusterInUseException"


class CloudHsmClusterInvalidConfiguration(ServiceError):
    """The cluster does not do what a custom key store needs."""

    code = "CloudHsmClusterInvalidConfigurationException"


class CloudHsmClusterNotFound(ServiceError):
    """There is no such cluster."""

    code = "CloudHsmClusterNotFoundException"


class CloudHsmClusterNotRelated(ServiceError):
    """The cluster is not related to that of the custom key store."""

    code = "CloudHsmClusterNotRelatedException"


class IncorrectTrustAnchor(ServiceError):
    """The trust anchor certificate is not that of the cluster."""

    code = "IncorrectTrustAnchorException"


class KeyUnavailable(ServerFault):
    """The key cannot be used for the moment; the request can be sent again."""

    code = "KeyUnavailableException"
