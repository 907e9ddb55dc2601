// The routes of /api/v1, as rows: the facade runs them, and the OpenAPI document is made of them.
import { EVENT_ROUTES } from "./event-routes";
import { PEOPLE_ROUTES } from "./people-routes";
import type { Route } from "./route";

export const ROUTES: readonly Route[] = [...PEOPLE_ROUTES, ...EVENT_ROUTES];
