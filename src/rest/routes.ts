// The routes of /api/v1, as rows: the facade runs them, and the OpenAPI document is made of them.
import { EVENT_ROUTES } from "./event-routes";
import { FILE_ROUTES } from "./file-routes";
import { PEOPLE_ROUTES } from "./people-routes";
import { RECORD_ROUTES } from "./record-routes";
import { WEBHOOK_ROUTES } from "./webhook-routes";
import type { Route } from "./route";
import { SERIES_ROUTES } from "./series-routes";

export const ROUTES: readonly Route[] = [
  ...PEOPLE_ROUTES,
  ...RECORD_ROUTES,
  ...EVENT_ROUTES,
  ...FILE_ROUTES,
  ...WEBHOOK_ROUTES,
  ...SERIES_ROUTES,
];
