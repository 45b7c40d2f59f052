"""GenerateCredentialReport, GetCredentialReport.

AWS makes the report beforehand and shows it for four hours. Here it is made when it is asked for, so that it is always
there and never out of date.

Source: IAM API Reference, the operations' own pages.
"""

from typing import Literal

from strongroom.api.context import Context, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.credential_rows import credential_report
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp


class GenerateCredentialReportRequest(AwsStruct, frozen=True, kw_only=True):
    """GenerateCredentialReport."""


class GenerateCredentialReportResponse(AwsStruct, frozen=True, kw_only=True):
    """GenerateCredentialReport."""

    state: Literal["STARTED", "INPROGRESS", "COMPLETE"]
    description: str | None = None


class GetCredentialReportRequest(AwsStruct, frozen=True, kw_only=True):
    """GetCredentialReport."""


class GetCredentialReportResponse(AwsStruct, frozen=True, kw_only=True):
    """GetCredentialReport."""

    content: bytes
    report_format: Literal["text/csv"]
    generated_time: Timestamp


@operation(Needs("iam:GenerateCredentialReport"))
def generate_credential_report(
    _context: Context, _request: GenerateCredentialReportRequest
) -> GenerateCredentialReportResponse:
    """Say that the report can be had."""
    return GenerateCredentialReportResponse(state="COMPLETE")


@operation(Needs("iam:GetCredentialReport"))
def get_credential_report(context: ReadContext, _request: GetCredentialReportRequest) -> GetCredentialReportResponse:
    """Tell of the credentials of all users, as a table."""
    return GetCredentialReportResponse(
        content=credential_report(context.reader, context.scope.account_id).encode(),
        report_format="text/csv",
        generated_time=timestamp(context.now),
    )


OPERATIONS = (generate_credential_report, get_credential_report)
