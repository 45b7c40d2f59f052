import Link, { type LinkProps } from "@cloudscape-design/components/link";
import { useHref, useNavigate } from "react-router";

interface InternalLinkProps extends Omit<LinkProps, "href" | "onFollow" | "external"> {
  readonly to: string;
}

/** A link to a page of the console. */
export function InternalLink({ to, ...rest }: InternalLinkProps) {
  const navigate = useNavigate();
  return (
    <Link
      {...rest}
      href={useHref(to)}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(to);
      }}
    />
  );
}
