// Whose calendar a token is for.
import type { PeopleQuery } from "../api/operations";

export type Owner = Pick<PeopleQuery["users"][number], "id" | "name" | "email" | "calendarId">;
