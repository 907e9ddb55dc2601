// The way from each page to every other.
import { say } from "../languages/say";

const PLACES = [
  ["/", say("Calendar")],
  ["/records", say("Records")],
  ["/sync", say("Sync")],
  ["/connect", say("Connect")],
  ["/admin", say("Admin")],
  ["/graphql", "GraphQL"],
  ["/api/v1/docs", "REST"],
] as const;

export type Place = (typeof PLACES)[number][0];

interface PlacesProps {
  at?: Place | undefined;
  /** Who looks, where that is known: some pages are for administrators. */
  role: string | undefined;
}

export function Places({ at, role }: PlacesProps) {
  return (
    <nav class="places" aria-label="Tidemark">
      {PLACES.filter(([address]) => address !== "/admin" || role === "admin").map(([address, name]) => (
        <a key={address} href={address} aria-current={address === at ? "page" : undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
}
