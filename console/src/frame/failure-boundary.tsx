import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { Component, type ReactNode } from "react";

import { errorText } from "../aws/error-text";

interface FailureBoundaryProps {
  /** Where somebody is: a failure is forgotten when they go on. */
  readonly place: string;
  readonly children: ReactNode;
}

interface Failure {
  readonly place: string;
  readonly error: unknown;
}

/** In place of a page that could not be shown, so that nobody looks at a blank one. */
export class FailureBoundary extends Component<FailureBoundaryProps, { failure?: Failure }> {
  override state: { failure?: Failure } = {};

  static getDerivedStateFromError(error: unknown) {
    return { failure: { place: window.location.pathname, error } };
  }

  override render() {
    const { failure } = this.state;
    if (!failure?.place.endsWith(this.props.place)) {
      return this.props.children;
    }
    return (
      <Alert
        type="error"
        header="This page could not be shown"
        action={<Button onClick={() => window.location.reload()}>Load again</Button>}
      >
        {errorText(failure.error).message}
      </Alert>
    );
  }
}
