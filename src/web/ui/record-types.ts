// What the kinds of records are called.
import type { RecordType } from "../api/operations";
import { say } from "../languages/say";

export const RECORD_TYPES: Readonly<Record<RecordType, string>> = {
  Contact: say("Contact"),
  Account: say("Account"),
  Opportunity: say("Opportunity"),
  Lead: say("Lead"),
};
