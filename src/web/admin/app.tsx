// The pages of administrators, each at an address of its own: /admin/users, /admin/webhooks, …
import { say } from "../languages/say";
import { account } from "../ui/account";
import { Page } from "../ui/page";
import { Acts } from "./acts";
import { Forgetting } from "./forgetting";
import { OrganisationSettings } from "./organisation";
import { Users } from "./users";
import { Webhooks } from "./webhooks";

const PARTS = [
  ["users", say("Users and rooms"), Users],
  ["webhooks", say("Webhooks"), Webhooks],
  ["forgetting", say("Forgetting"), Forgetting],
  ["organisation", say("Organisation"), OrganisationSettings],
  ["acts", say("Acts of admins"), Acts],
] as const;

/** `/admin` alone is the first of them. */
const partOf = (path: string) => PARTS.find(([word]) => word === path.split("/")[2]) ?? PARTS[0];

/** On a phone they are one line that scrolls. */
const inSight = (part: HTMLAnchorElement | null): void =>
  part?.scrollIntoView({ block: "nearest", inline: "nearest" });

export function App() {
  const [word, title, Part] = partOf(location.pathname);
  const who = account.value;
  return (
    <Page at="/admin" title={title}>
      {who?.role === "admin" ? (
        <>
          <nav class="parts" aria-label={say("Admin")}>
            {PARTS.map(([each, name]) => (
              <a
                key={each}
                href={`/admin/${each}`}
                aria-current={each === word ? "page" : undefined}
                ref={each === word ? inSight : undefined}
              >
                {name}
              </a>
            ))}
          </nav>
          <Part />
        </>
      ) : (
        <p class="empty">
          {say("These pages are for the administrators of your organisation.")}{" "}
          <a href="/">{say("To the calendar")}</a>
        </p>
      )}
    </Page>
  );
}
