import type { Step } from "../wizard-steps";
import type { WizardState } from "../wizard-state";

/** What every step of the wizard is given. */
export interface StepProps {
  readonly state: WizardState;
  readonly accountId: string;
  /** Whether somebody tried to go on, so that what is missing is to be told. */
  readonly showProblems: boolean;
  readonly set: (change: Partial<WizardState>) => void;
  readonly goTo: (step: Step) => void;
}
