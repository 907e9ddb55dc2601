// Requests and responses that are Express' own from birth. Express gives each a prototype of its application's; V8 (Node.js 20
// and 22) then forgets the shape of the object, and all of node:http runs on it at half its speed. Where the prototype is
// there already Express changes nothing.
import type { Express } from "express";
import { IncomingMessage, ServerResponse, type ServerOptions } from "node:http";

/** What the server that serves the application makes for each request. To be called once, before the application serves. */
export function messagesOf(app: Express): Pick<ServerOptions, "IncomingMessage" | "ServerResponse"> {
  class AppRequest extends IncomingMessage {}
  class AppResponse<Req extends IncomingMessage> extends ServerResponse<Req> {}
  app.request = Object.setPrototypeOf(AppRequest.prototype, app.request) as Express["request"];
  app.response = Object.setPrototypeOf(AppResponse.prototype, app.response) as Express["response"];
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}
