import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Flashbar from "@cloudscape-design/components/flashbar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { Suspense, useState } from "react";
import { Outlet, useLocation } from "react-router";

import { ExpiryNotice } from "../session/expiry-notice";
import { useSession } from "../session/session-context";
import { Breadcrumbs } from "./breadcrumb-line";
import { FailureBoundary } from "./failure-boundary";
import { useFlashes } from "./flashes";
import { NoSuchPage } from "./no-such-page";
import { useRegion } from "./region";
import { SideBar } from "./side-bar";
import { TopBar } from "./top-bar";

import "./frame.css";

const NARROW = "(width <= 688px)";
function isNarrow(): boolean {
  return window.matchMedia(NARROW).matches;
}

/** What surrounds every page. On a narrow screen the navigation lies over the page, and goes once it was used. */
export function Frame() {
  const [navigationOpen, setNavigationOpen] = useState(() => !isNarrow());
  const followed = () => setNavigationOpen((open) => open && !isNarrow());
  return (
    <div className="frame">
      <div className="frame-top">
        <TopBar />
      </div>
      {navigationOpen && (
        <div className="frame-side" id="navigation">
          <SideBar followed={followed} />
        </div>
      )}
      <main className="frame-main">
        <SpaceBetween size="s">
          <Notifications />
          <div className="frame-way">
            <Button
              variant="icon"
              iconName="menu"
              ariaLabel={navigationOpen ? "Close navigation" : "Open navigation"}
              ariaExpanded={navigationOpen}
              ariaControls="navigation"
              onClick={() => setNavigationOpen(!navigationOpen)}
            />
            <div className="frame-breadcrumbs">
              <Breadcrumbs />
            </div>
          </div>
          <Content />
        </SpaceBetween>
      </main>
    </div>
  );
}

function Content() {
  const { regions } = useSession();
  const region = useRegion();
  const { pathname } = useLocation();
  if (!regions.includes(region)) {
    return <NoSuchPage />;
  }
  return (
    <SpaceBetween size="l">
      <ExpiryNotice />
      <FailureBoundary place={pathname}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </FailureBoundary>
    </SpaceBetween>
  );
}

function Loading() {
  return (
    <Box textAlign="center" padding="xxl">
      <Spinner size="large" />
    </Box>
  );
}

function Notifications() {
  return <Flashbar stackItems items={useFlashes().items} />;
}
