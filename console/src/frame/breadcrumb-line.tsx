import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import { useEffect } from "react";
import { useLocation, useNavigate } from "react-router";

import { breadcrumbs } from "./breadcrumbs";
import { BASE } from "./paths";

/** The way to the page; its end is the title of the document too. */
export function Breadcrumbs() {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const items = breadcrumbs(pathname);
  const title = items.at(-1)?.text;
  useEffect(() => {
    document.title = `${title ?? "KMS"} | Strongroom`;
  }, [title]);
  return (
    <BreadcrumbGroup
      items={items.map((item) => ({ ...item, href: BASE + item.href }))}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(event.detail.href.slice(BASE.length));
      }}
    />
  );
}
