// The OpenAPI 3.1 document of the REST door, made of the route table, the input rules and the catalogue of refusals.
import { namesIn, type Schema } from "../../values/schema";
import type { Tag } from "./described";
import { operation, template, type Row } from "./operation";
import { webhookMessages } from "./messages";
import { SHAPES } from "./shapes";

const DESCRIPTION = `Calendars behind a CRM, made to be polled: whoever asks what changed since an instant gets every change and every deletion.

**Values.** Ids are text (\`parentId\` and \`contactId\` are numbers); either form is taken. Instants are RFC 3339 with an offset, or epoch milliseconds, and answered in UTC with three decimals. All-day events are dates, never shifted by a zone.

**Lists.** Without \`limit\` a list is whole. With it, it comes in pages: send \`nextPageToken\` as \`pageToken\` with the same query, until there is none.

**Addresses.** A path or method that is not here is 404 \`not_found\` or 405 \`method_not_allowed\`, with \`Allow\`. HEAD is answered wherever GET is. A parameter that is empty, or given twice, is 400; parameters that nobody knows are ignored. What is no request at all is refused before its address is looked at: 400, 408 (too slow) or 431 (header fields too large).`;

const TAGS: Readonly<Record<Tag, string>> = {
  Events: "Meetings: by window, by id, and what changed; create, change, delete.",
  Sync: "For a client that keeps a copy: removed events, and proof of being in step.",
  Files: "Calendar files (iCalendar), in and out.",
  "People and records": "Users, calendars, and the CRM's records that events are linked to.",
  Webhooks: "Receivers that are called when calendars change, for admins; and what they are sent.",
  Description: "This document, and a page to browse it.",
};

const TOKEN = "An access token, as `npm run --silent tidemark -- token create` prints it.";

export interface OpenApiDocument {
  openapi: "3.1.0";
  paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  components: { schemas: Readonly<Record<string, Schema>>; securitySchemes: unknown };
  [part: string]: unknown;
}

export function openApiDocument(rows: readonly Row[]): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const row of rows) {
    (paths[template(row.path)] ??= {})[row.method.toLowerCase()] = operation(row);
  }
  const webhooks = webhookMessages();
  return {
    openapi: "3.1.0",
    info: {
      title: "Tidemark",
      version: "1",
      summary: "BrightSync's calendar endpoints, and what a careful client needs besides.",
      description: DESCRIPTION,
      contact: { name: "Whoever runs this service" },
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/api/v1", description: "The service that this document comes from." }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{ bearer: [] }, { basic: [] }],
    paths,
    webhooks,
    components: {
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: `${TOKEN} Or, where the service is set up for it, a JWT of its OpenID Connect issuer.`,
        },
        basic: {
          type: "http",
          scheme: "basic",
          description: `${TOKEN} As the password, with any user name, or as the user name with an empty password.`,
        },
      },
      schemas: reachable([paths, webhooks]),
    },
  };
}

/** Every shape that is named, also by other shapes. */
function reachable(parts: unknown): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  const follow = (part: unknown): void => {
    for (const name of namesIn(part)) {
      if (found[name]) continue;
      const shape = SHAPES[name];
      if (!shape) throw new Error(`There is no shape ${name}.`);
      found[name] = shape();
      follow(found[name]);
    }
  };
  follow(parts);
  return found;
}
