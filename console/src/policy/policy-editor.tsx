import CodeEditor, { type CodeEditorProps } from "@cloudscape-design/components/code-editor";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { ace } from "./ace";
import { checkPolicy, type Finding } from "./check-policy";

import "./policy-text.css";

interface PolicyEditorProps {
  readonly text: string;
  readonly change: (text: string) => void;
}

const THEMES: CodeEditorProps.AvailableThemes = { light: ["cloud_editor"], dark: ["cloud_editor_dark"] };

/** An editor of JSON that says below what is wrong with the policy, and where. */
export default function PolicyEditor({ text, change }: PolicyEditorProps) {
  const [preferences, setPreferences] = useState<CodeEditorProps.Preferences>();
  return (
    <SpaceBetween size="s">
      <FormField label="Key policy" stretch>
        <CodeEditor
          ace={ace}
          language="json"
          value={text}
          onDelayedChange={({ detail }) => change(detail.value)}
          preferences={preferences}
          onPreferencesChange={({ detail }) => setPreferences(detail)}
          themes={THEMES}
          editorContentHeight={440}
          ariaLabel="Key policy"
        />
      </FormField>
      <Findings findings={checkPolicy(text)} />
    </SpaceBetween>
  );
}

function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  if (findings.length === 0) {
    return <StatusIndicator>No errors in the text</StatusIndicator>;
  }
  return (
    <ul className="findings" aria-label="Findings" aria-live="polite">
      {findings.map(({ severity, message, line, column }) => (
        <li key={`${line}:${column}:${message}`}>
          <StatusIndicator type={severity}>{`Line ${line}, column ${column}: ${message}`}</StatusIndicator>
        </li>
      ))}
    </ul>
  );
}
