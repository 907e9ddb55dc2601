// What two organisations of the same ids are asked (test/database/tenancy-mutations.test.ts).

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

export interface Step {
  name: string;
  writes?: true;
  ask: (at: At) => Promise<unknown>;
}
export interface At {
  rest: (who: string, method: string, path: string, body?: unknown, headers?: any) => Promise<unknown>;
  graphql: (who: string, query: string, variables?: any) => Promise<unknown>;
}
export interface Known {
  [name: string]: string;
}

export const rest = (method: string, path: string, body?: unknown, who = "ada", headers?: any): Step => ({
  name: `${who}: ${method} ${path}`,
  ask: (at) => at.rest(who, method, path, body, headers),
});
export const graphql = (query: string, who = "ada"): Step => ({
  name: `${who}: ${query}`,
  ask: (at) => at.graphql(who, query),
});
