// What is for admins alone whatever it names: exporting and erasing a person, and what admins did.
import { type GraphQLRow, other, reads, writes } from "./graphql-asks";

export const FORGETTING_ROWS: Readonly<Record<string, GraphQLRow>> = {
  "Query.personExport": other(
    "nothing",
    "ask for everybody's",
    reads(() => `personExport(email: "nobody@nowhere.co")`),
  ),
  "Query.adminHistory(subjectId)": other(
    "nothing",
    "ask for everybody's",
    reads(() => `adminHistory(subject: user, subjectId: 1) { edges { node { id } } }`),
  ),
  "AdminAct.user": other(
    "nothing",
    "ask for everybody's",
    reads(() => "adminHistory { edges { node { user { id } } } }"),
  ),
  "Mutation.erasePerson": other(
    "nothing",
    "ask for everybody's",
    writes(() => `erasePerson(email: "nobody@nowhere.co") { address }`),
  ),
};
