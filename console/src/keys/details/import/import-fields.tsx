import Checkbox from "@cloudscape-design/components/checkbox";
import DatePicker from "@cloudscape-design/components/date-picker";
import FileUpload from "@cloudscape-design/components/file-upload";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";

import { isAllowedDay, LONGEST_DAYS } from "./import-choices";
import type { ImportFieldsProps } from "./import-modal";

interface FileFieldProps {
  readonly label: string;
  readonly description?: string;
  readonly file: File | undefined;
  readonly choose: (file: File | undefined) => void;
}

export function FileField({ label, description, file, choose }: FileFieldProps) {
  return (
    <FormField label={label} description={description}>
      <FileUpload
        value={file === undefined ? [] : [file]}
        onChange={({ detail }) => choose(detail.value[0])}
        showFileSize
        i18nStrings={{
          uploadButtonText: () => "Choose file",
          dropzoneText: () => "Drop file to upload",
          removeFileAriaLabel: () => `Remove ${label.toLowerCase()}`,
          limitShowFewer: "Show fewer",
          limitShowMore: "Show more",
          errorIconAriaLabel: "Error",
        }}
      />
    </FormField>
  );
}

/** The file of the material, when it expires and, for symmetric keys, how it is called. */
export function MaterialFields({ choices, set, symmetric }: ImportFieldsProps & { readonly symmetric: boolean }) {
  return (
    <>
      <FileField
        label={choices.wrapsHere ? "Key material" : "Wrapped key material"}
        description={choices.wrapsHere ? "Raw bytes of a symmetric key, PKCS #8 (DER) of a private key." : undefined}
        file={choices.material}
        choose={(material) => set({ material })}
      />
      {symmetric && (
        <FormField label="Key material description - optional">
          <Input value={choices.description} onChange={({ detail }) => set({ description: detail.value })} />
        </FormField>
      )}
      <FormField label="Expiration option">
        <Checkbox checked={choices.expires} onChange={({ detail }) => set({ expires: detail.checked })}>
          Key material expires
        </Checkbox>
      </FormField>
      {choices.expires && (
        <FormField label="Last day" constraintText={`Within ${LONGEST_DAYS} days.`}>
          <DatePicker
            value={choices.lastDay}
            placeholder="YYYY/MM/DD"
            isDateEnabled={(date) => isAllowedDay(isoDay(date), new Date())}
            onChange={({ detail }) => set({ lastDay: detail.value })}
          />
        </FormField>
      )}
    </>
  );
}

function isoDay(date: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
