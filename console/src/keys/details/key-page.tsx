import type { KeyMetadata } from "@aws-sdk/client-kms";
import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Tabs from "@cloudscape-design/components/tabs";
import { Suspense } from "react";
import { useHref, useNavigate, useParams } from "react-router";

import { ApiFailure } from "../../aws/api-failure";
import type { DetailsTab } from "../../frame/paths";
import { usePaths } from "../../frame/use-paths";
import { KeyActions } from "../actions/key-actions";
import { aliasText } from "../list/key-rows";
import { GeneralConfiguration } from "./general-configuration";
import { tabsOf } from "./tabs";
import { useKey, useKeyAliases } from "./use-key";

export default function Page() {
  const { keyId = "" } = useParams();
  const key = useKey(keyId);
  if (key.isError) {
    return <ApiFailure error={key.error} retry={() => void key.refetch()} />;
  }
  if (key.isPending) {
    return <Loading />;
  }
  return <KeyDetails metadata={key.data} />;
}

function KeyDetails({ metadata }: { readonly metadata: KeyMetadata }) {
  const aliases = useKeyAliases(metadata.KeyId ?? "");
  const names = (aliases.data ?? []).map(({ AliasName: name = "" }) => aliasText(name));
  const changeable = metadata.KeyManager !== "AWS";
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={changeable && <KeyActions keys={[metadata]} done={() => undefined} />}>
        {names[0] ?? metadata.KeyId}
      </Header>
      <GeneralConfiguration metadata={metadata} aliases={names} changeable={changeable} />
      <KeyTabs metadata={metadata} changeable={changeable} />
    </SpaceBetween>
  );
}

function KeyTabs({ metadata, changeable }: { readonly metadata: KeyMetadata; readonly changeable: boolean }) {
  const { tab } = useParams();
  const navigate = useNavigate();
  const paths = usePaths();
  const keyId = metadata.KeyId ?? "";
  const base = useHref(paths.key(keyId));
  const tabs = tabsOf(metadata);
  const shown = tabs.some(({ id }) => id === tab) ? tab : "policy";
  return (
    <Tabs
      ariaLabel="Details of the key"
      activeTabId={shown}
      onChange={({ detail }) => void navigate(paths.key(keyId, detail.activeTabId as DetailsTab))}
      tabs={tabs.map(({ id, label, Content }) => ({
        id,
        label,
        href: `${base}/${id}`,
        content: shown === id && (
          <Suspense fallback={<Loading />}>
            <Content metadata={metadata} changeable={changeable} />
          </Suspense>
        ),
      }))}
    />
  );
}

function Loading() {
  return (
    <Box textAlign="center" padding="xxl">
      <Spinner size="large" />
    </Box>
  );
}
