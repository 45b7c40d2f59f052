import SideNavigation from "@cloudscape-design/components/side-navigation";
import { useLocation, useNavigate } from "react-router";

import { BASE } from "./paths";
import { usePaths } from "./use-paths";

/** The pages of the console; tells when one was chosen. */
export function SideBar({ followed }: { readonly followed: () => void }) {
  const paths = usePaths();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const section = pathname.split("/").slice(0, 3).join("/");
  const inKeys = section === paths.createKey();
  return (
    <SideNavigation
      activeHref={BASE + (inKeys ? paths.customerManagedKeys : section)}
      header={{ text: "Key Management Service (KMS)", href: BASE + paths.customerManagedKeys }}
      items={[
        { type: "link", text: "AWS managed keys", href: BASE + paths.awsManagedKeys },
        { type: "link", text: "Customer managed keys", href: BASE + paths.customerManagedKeys },
        { type: "link", text: "Custom key stores", href: BASE + paths.customKeyStores },
        { type: "divider" },
        { type: "link", text: "Event history", href: BASE + paths.eventHistory },
        { type: "link", text: "Users and roles", href: BASE + paths.usersAndRoles },
      ]}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(event.detail.href.slice(BASE.length));
        followed();
      }}
    />
  );
}
