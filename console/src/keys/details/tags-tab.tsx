import { ListResourceTagsCommand, type Tag, TagResourceCommand, UntagResourceCommand } from "@aws-sdk/client-kms";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Table from "@cloudscape-design/components/table";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { ApiFailure } from "../../aws/api-failure";
import { useKms } from "../../aws/kms";
import { allPages } from "../../aws/pages";
import { useChange } from "../../aws/use-change";
import { useRegion } from "../../frame/region";
import { NoKeys } from "../list/no-keys";
import { areValidTags, tagChanges } from "../tags/tag-changes";
import { TagFields } from "../tags/tag-fields";
import { ConfirmModal } from "../actions/confirm-modal";
import type { KeyTabProps } from "./use-key";

export default function TagsTab({ metadata: { KeyId: keyId = "" } }: KeyTabProps) {
  const kms = useKms();
  const [editing, setEditing] = useState(false);
  const tags = useQuery({
    queryKey: [useRegion(), "key", keyId, "tags"],
    queryFn: () =>
      allPages(async (Marker) => {
        const answer = await kms.send(new ListResourceTagsCommand({ KeyId: keyId, Marker }));
        return { items: answer.Tags, next: answer.NextMarker };
      }),
  });
  if (tags.isError) {
    return <ApiFailure error={tags.error} retry={() => void tags.refetch()} />;
  }
  return (
    <>
      <Table
        header={
          <Header variant="h2" actions={<Button onClick={() => setEditing(true)}>Edit</Button>}>
            Tags
          </Header>
        }
        items={tags.data ?? []}
        loading={tags.isPending}
        loadingText="Loading tags"
        trackBy="TagKey"
        ariaLabels={{ tableLabel: "Tags" }}
        columnDefinitions={[
          { id: "key", header: "Tag key", cell: ({ TagKey: key }) => key, isRowHeader: true },
          { id: "value", header: "Tag value", cell: ({ TagValue: value }) => (value === "" ? "-" : value) },
        ]}
        empty={
          <NoKeys
            title="No tags"
            text="Tags tell keys apart, and policies can refer to them."
            action={<Button onClick={() => setEditing(true)}>Create tag</Button>}
          />
        }
      />
      {editing && <TagsModal keyId={keyId} tags={tags.data ?? []} close={() => setEditing(false)} />}
    </>
  );
}

interface TagsModalProps {
  readonly keyId: string;
  readonly tags: readonly Tag[];
  readonly close: () => void;
}

function TagsModal({ keyId, tags, close }: TagsModalProps) {
  const kms = useKms();
  const [edited, setEdited] = useState(tags);
  const { added, removed } = tagChanges(tags, edited);
  const save = useChange({
    change: async () => {
      if (removed.length > 0) {
        await kms.send(new UntagResourceCommand({ KeyId: keyId, TagKeys: removed }));
      }
      if (added.length > 0) {
        await kms.send(new TagResourceCommand({ KeyId: keyId, Tags: added }));
      }
    },
    done: "The tags were changed.",
    then: close,
  });
  return (
    <ConfirmModal
      title="Edit tags"
      confirmText="Save changes"
      disabled={!areValidTags(edited) || (added.length === 0 && removed.length === 0)}
      loading={save.isPending}
      close={close}
      confirm={() => save.mutate(undefined)}
    >
      {save.isError && <ApiFailure error={save.error} />}
      <TagFields tags={edited} change={setEdited} />
    </ConfirmModal>
  );
}
