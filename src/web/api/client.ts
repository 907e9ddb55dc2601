/**
 * The service's GraphQL, asked with the session's token. What it refuses, or that it cannot be reached, is thrown as a
 * `Refusal` with the code of its catalogue and a sentence that can be shown.
 */
import { Client, type CombinedError, fetchExchange } from "@urql/core";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { say } from "../languages/say";
import { endSession, token } from "../session";

const TIMEOUT_MS = 20_000;
const KEPT_ALIVE_CHARS = 10_000;

export type RefusalCode = "unreachable" | "unauthorized" | "precondition_failed" | (string & {});

export class Refusal extends Error {
  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly details: readonly { field: string; message: string }[] = [],
    /** With `precondition_failed`: the event as it stands, null where it is gone. */
    readonly current: unknown = undefined,
  ) {
    super(message);
  }
}

const withinReason: typeof fetch = (input, init) => {
  const signals = [AbortSignal.timeout(TIMEOUT_MS), ...(init?.signal ? [init.signal] : [])];
  // What is small enough is sent even by a page that is being left.
  const keepalive = typeof init?.body === "string" && init.body.length < KEPT_ALIVE_CHARS;
  return fetch(input, { ...init, keepalive, signal: AbortSignal.any(signals) });
};

function clientFor(secret: string): Client {
  return new Client({
    url: "/graphql",
    exchanges: [fetchExchange],
    requestPolicy: "network-only",
    preferGetMethod: false,
    fetch: withinReason,
    fetchOptions: { headers: { Authorization: `Bearer ${secret}` }, credentials: "omit" },
  });
}

let current: { secret: string; client: Client } | null = null;

/** Asks as the session's user, or with a token that is still to be tried. */
export async function ask<Data, Variables extends object>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  secret = token.peek(),
): Promise<Data> {
  if (secret === null) throw new Refusal("unauthorized", say("Sign in first."));
  if (current?.secret !== secret) current = { secret, client: clientFor(secret) };
  const { client } = current;
  const [operation] = document.definitions;
  const isMutation = operation?.kind === "OperationDefinition" && operation.operation === "mutation";
  const { data, error } = await (isMutation
    ? client.mutation(document, variables).toPromise()
    : client.query(document, variables).toPromise());
  if (!error) return data as Data;
  const refusal = refusalOf(error);
  if (secret === token.peek() && refusal.code in ENDS_SESSION) endSession(ENDS_SESSION[refusal.code] ?? "");
  throw refusal;
}

const ENDS_SESSION: Record<string, string> = {
  "token.dead": say("Your access token has expired or was revoked."),
  unauthorized: say("The service does not know this access token."),
};

function refusalOf({ graphQLErrors: [first] }: CombinedError): Refusal {
  if (!first) return new Refusal("unreachable", say("The service cannot be reached right now."));
  const { code = "internal", details = [], current: event } = first.extensions as Partial<Refusal>;
  return new Refusal(code, first.message, details, event);
}

/** What went wrong, in a sentence for a person. Anything but a refusal is a defect, and goes on to the console. */
export function reasonOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  reportError(error);
  return say("Something went wrong on this page. Reload it if it does not recover.");
}
