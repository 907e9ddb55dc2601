/** What the explorer's page and the frame with Apollo's script say to each other. */

/** From the frame: what became of Sandbox, and the requests that it wants sent. */
export type FromFrame =
  | { kind: "shown" | "alive" | "silent" | "failed" }
  | { kind: "request"; id: number; headers: Record<string, string>; body: string }
  | { kind: "abort"; id: number };

/** From the page: the answer to a request, or why there is none. */
export type FromPage =
  | { kind: "answer"; id: number; status: number; headers: [string, string][]; body: string }
  | { kind: "failure"; id: number; message: string };
