// An OpenID Connect issuer, as a process of its own: oidc-provider comes as ES modules, which jest does not load. Its
// clients are named after the e-mail address they get tokens for. Arguments: the port (0 for a free one), its keys as
// JSON, and the clients as JSON: {id, claims, redirectUri}; people sign in, with any name, through those with an address. It prints its address when it listens.
import { once } from "node:events";
import { createServer } from "node:http";
import process from "node:process";
import Provider from "oidc-provider";

const [port, keys, clients] = process.argv.slice(2).map((text) => JSON.parse(text));
const server = createServer().listen(port, "127.0.0.1");
await once(server, "listening");
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  jwks: { keys },
  scopes: ["read", "write"],
  clients: clients.map(({ id, redirectUri }) => ({
    client_id: id,
    id_token_signed_response_alg: keys[0].alg,
    ...(redirectUri
      ? {
          token_endpoint_auth_method: "none",
          grant_types: ["authorization_code"],
          redirect_uris: [redirectUri],
          response_types: ["code"],
        }
      : {
          client_secret: "secret",
          grant_types: ["client_credentials"],
          redirect_uris: [],
          response_types: [],
        }),
  })),
  ttl: { ClientCredentials: 600, AccessToken: 600 },
  // The claims of whoever signs in are those of the client.
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  features: {
    devInteractions: { enabled: clients.some(({ redirectUri }) => redirectUri) },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_ctx, resource) => ({
        scope: "read write",
        audience: resource,
        accessTokenTTL: 600,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: keys[0].alg } },
      }),
    },
  },
  extraTokenClaims: (_ctx, token) => clients.find(({ id }) => id === token.clientId)?.claims,
});
server.on("request", provider.callback());
process.stdout.write(`${issuer}\n`);
