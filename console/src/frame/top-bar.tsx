import TopNavigation, { type TopNavigationProps } from "@cloudscape-design/components/top-navigation";
import { useHref, useLocation, useNavigate } from "react-router";

import { displayName, groupedAccountId } from "../session/session";
import { useSession, useSessionAccess } from "../session/session-context";
import { inRegion, useRegion } from "./region";
import { regionName } from "./region-names";
import { chooseTheme, useTheme } from "./theme";
import { usePaths } from "./use-paths";

/** Region, account and appearance. */
export function TopBar() {
  const paths = usePaths();
  const navigate = useNavigate();
  const home = useHref(paths.customerManagedKeys);
  return (
    <TopNavigation
      identity={{
        title: "Strongroom",
        href: home,
        onFollow: (event) => {
          event.preventDefault();
          void navigate(paths.customerManagedKeys);
        },
      }}
      utilities={[useThemeButton(), useRegionMenu(), useAccountMenu()]}
    />
  );
}

function useThemeButton(): TopNavigationProps.Utility {
  const theme = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  const text = theme === "dark" ? "Light mode" : "Dark mode";
  return { type: "button", text, onClick: () => chooseTheme(other) };
}

function useRegionMenu(): TopNavigationProps.Utility {
  const { regions } = useSession();
  const region = useRegion();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  return {
    type: "menu-dropdown",
    text: region,
    title: "Region",
    ariaLabel: `Region: ${region}`,
    disableUtilityCollapse: true,
    items: regions.map((id) => ({ id, text: regionName(id), secondaryText: id })),
    onItemClick: ({ detail }) => void navigate(inRegion(pathname, detail.id)),
  };
}

function useAccountMenu(): TopNavigationProps.Utility {
  const session = useSession();
  const { end } = useSessionAccess();
  return {
    type: "menu-dropdown",
    iconName: "user-profile",
    text: displayName(session),
    description: session.arn,
    items: [
      { id: "account", text: `Account ID: ${groupedAccountId(session.accountId)}`, disabled: true },
      { id: "sign-out", text: "Sign out" },
    ],
    onItemClick: ({ detail }) => {
      if (detail.id === "sign-out") {
        end();
      }
    },
  };
}
