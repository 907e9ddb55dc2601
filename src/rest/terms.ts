// How REST differs from GraphQL in more than its format.
import type { DoorTerms } from "../context";

export const REST_TERMS: DoorTerms = {
  forOneCalendar: true,
  names: { emails: "email", after: "pageToken", idempotencyKey: "Idempotency-Key" },
};
