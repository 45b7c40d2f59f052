import { lazy } from "react";
import { Route, Routes } from "react-router";

import { Frame } from "./frame/frame";
import { NoSuchPage } from "./frame/no-such-page";
import { SignedIn, ToHome } from "./frame/signed-in";

// Every page is a chunk of its own; what is loaded first is the frame and the sign-in.
const CustomerManagedKeysPage = lazy(() => import("./keys/list/customer-managed-keys-page"));
const AwsManagedKeysPage = lazy(() => import("./keys/list/aws-managed-keys-page"));
const KeyPage = lazy(() => import("./keys/details/key-page"));
const CreateKeyPage = lazy(() => import("./keys/create/create-key-page"));
const KeyStoresPage = lazy(() => import("./key-stores/key-stores-page"));
const EventHistoryPage = lazy(() => import("./events/event-history-page"));
const UsersAndRolesPage = lazy(() => import("./identities/users-and-roles-page"));

/** What is shown at which address, below the base of the console. */
export function Pages() {
  return (
    <Routes>
      <Route element={<SignedIn />}>
        <Route index element={<ToHome />} />
        <Route path=":region" element={<Frame />}>
          <Route index element={<ToHome />} />
          <Route path="keys" element={<CustomerManagedKeysPage />} />
          <Route path="aws-managed-keys" element={<AwsManagedKeysPage />} />
          <Route path="keys/:keyId/:tab?" element={<KeyPage />} />
          <Route path="create-key/:step?" element={<CreateKeyPage />} />
          <Route path="custom-key-stores" element={<KeyStoresPage />} />
          <Route path="event-history" element={<EventHistoryPage />} />
          <Route path="users-and-roles" element={<UsersAndRolesPage />} />
          <Route path="*" element={<NoSuchPage />} />
        </Route>
      </Route>
    </Routes>
  );
}
