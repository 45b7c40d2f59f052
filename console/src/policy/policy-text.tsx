import "./policy-text.css";

interface PolicyTextProps {
  readonly text: string;
  readonly label?: string;
}

/** A text of code to read. */
export function PolicyText({ text, label = "Key policy as JSON" }: PolicyTextProps) {
  return (
    <pre className="policy-text" role="region" aria-label={label}>
      {text}
    </pre>
  );
}
