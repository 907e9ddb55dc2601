// What an admin's lists show, and what is open over them.
import type {
  ErasePersonMutation,
  UserRowFragment,
  WebhookRowFragment,
  WebhooksQuery,
} from "../api/operations";

export type UserRow = UserRowFragment;
export type OpenUser =
  { what: "form" | "disable" | "grants" | "transfer"; user: UserRow } | { what: "new" } | null;

export type WebhookRow = WebhookRowFragment;
export type CalendarName = WebhooksQuery["calendars"][number];
export type OpenWebhook =
  { what: "form" | "attempts" | "rewind" | "delete"; webhook: WebhookRow } | { what: "new" } | null;

export type Erasure = ErasePersonMutation["erasePerson"];
