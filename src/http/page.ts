// What pages have in common, whoever makes them: a policy that lets the browser load and call nothing but what it names,
// and that they are asked for anew each time. What every answer carries besides is in src/server/app.ts.
import type { Response } from "express";

/** A Content-Security-Policy, with the sources it names; a page is in the frames of `framedBy`, and sends no forms. */
export const pagePolicy = (sources: Readonly<Record<string, string>>, framedBy = "'none'"): string =>
  Object.entries({
    "default-src": "'none'",
    ...sources,
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": framedBy,
  })
    .map(([name, value]) => `${name} ${value}`)
    .join("; ");

/** Says that what follows is a page under this policy. */
export const asPage = (res: Response, policy: string): Response =>
  res.set({ "Content-Security-Policy": policy, "Cache-Control": "no-cache" }).type("html");
