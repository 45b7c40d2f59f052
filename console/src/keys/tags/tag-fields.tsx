import type { Tag } from "@aws-sdk/client-kms";
import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Input from "@cloudscape-design/components/input";

import { MOST_TAGS, tagKeyProblem, tagValueProblem } from "./tag-changes";

interface TagFieldsProps {
  readonly tags: readonly Tag[];
  readonly change: (tags: readonly Tag[]) => void;
}

/** Rows of a tag key and a tag value, with Add tag and Remove. */
export function TagFields({ tags, change }: TagFieldsProps) {
  const set = (index: number, tag: Tag) => change(tags.map((old, place) => (place === index ? tag : old)));
  return (
    <AttributeEditor
      items={tags}
      addButtonText="Add tag"
      removeButtonText="Remove"
      removeButtonAriaLabel={({ TagKey: key }) => `Remove tag ${key ?? ""}`}
      disableAddButton={tags.length >= MOST_TAGS}
      additionalInfo={`You can add up to ${MOST_TAGS - tags.length} more tags.`}
      empty="No tags"
      onAddButtonClick={() => change([...tags, { TagKey: "", TagValue: "" }])}
      onRemoveButtonClick={({ detail }) => change(tags.filter((_, index) => index !== detail.itemIndex))}
      definition={[
        {
          label: "Tag key",
          errorText: (_, index) => (tags[index]?.TagKey === "" ? undefined : tagKeyProblem(tags, index)),
          control: (tag, index) => (
            <Input
              value={tag.TagKey ?? ""}
              placeholder="Enter a tag key"
              ariaRequired
              onChange={({ detail }) => set(index, { ...tag, TagKey: detail.value })}
            />
          ),
        },
        {
          label: "Tag value - optional",
          errorText: (tag) => tagValueProblem(tag),
          control: (tag, index) => (
            <Input
              value={tag.TagValue ?? ""}
              placeholder="Enter a tag value"
              onChange={({ detail }) => set(index, { ...tag, TagValue: detail.value })}
            />
          ),
        },
      ]}
    />
  );
}
