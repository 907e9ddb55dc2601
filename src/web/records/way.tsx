// A link. In a frame, what is more than a record's page opens in a tab of its own, where there is room for it, and where
// people sign in for themselves; other records open in the frame.
import type { ComponentChildren } from "preact";
import { isEmbedded } from "../embedded";

interface WayProps {
  to: string;
  /** Whether it leads to another page than a record's. */
  outside?: boolean;
  className?: string;
  children: ComponentChildren;
}

export function Way({ to, outside = false, className, children }: WayProps) {
  if (isEmbedded && outside) {
    return (
      <a class={className} href={to} target="_blank" rel="noopener noreferrer" dir="auto">
        {children}
      </a>
    );
  }
  return (
    <a class={className} href={isEmbedded ? `${to}?embed=1` : to} dir="auto">
      {children}
    </a>
  );
}
