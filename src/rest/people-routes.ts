// The routes of users and calendars: what they take and answer, and what a call of one comes to.
import { PeopleResolver } from "../people/people.resolver";
import { refTo } from "../values/schema";
import { listOf } from "./answers";
import type { ReadPiece } from "./list";
import { ALL, EMAIL, PAGES } from "./parameters";
import { listCalendars, listUsers, userJson } from "./people-lists";
import type { RestAnswer, RestCall, Route } from "./route";

const people = new PeopleResolver();

export const PEOPLE_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/me",
    name: "getMe",
    parameters: [],
    answers: [{ status: 200, description: "The user.", schema: refTo("Caller") }],
    call: getMe,
  },
  {
    method: "GET",
    path: "/users/me",
    name: "getUserMe",
    parameters: [],
    answers: [{ status: 200, description: "The user.", schema: refTo("Caller") }],
    call: getMe,
  },
  {
    method: "GET",
    path: "/users",
    name: "listUsers",
    parameters: [EMAIL, ...PAGES],
    answers: listOf({ rows: refTo("User"), description: "The users." }),
    call: (call) => plain(listUsers(call)),
  },
  {
    method: "GET",
    path: "/calendars",
    name: "listCalendars",
    parameters: [ALL, ...PAGES],
    answers: listOf({ rows: refTo("Calendar"), description: "The calendars, by their users' names." }),
    call: (call) => plain(listCalendars(call)),
  },
];

const plain = (read: ReadPiece): Promise<RestAnswer> => Promise.resolve({ list: { read } });

async function getMe({ ctx }: RestCall): Promise<RestAnswer> {
  return { status: 200, json: userJson(await people.me(ctx)) };
}
