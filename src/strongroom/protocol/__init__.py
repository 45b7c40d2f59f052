"""The wire: requests and answers of the AWS JSON protocol, and why a request is not valid."""
