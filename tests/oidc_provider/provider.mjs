// The provider of the tests: node-oidc-provider, OpenID-certified, with its own sign-in pages.
// One argument, JSON: issuer, port, clients, jwks, people (a file: login -> claims), idTokenClaims, accessSeconds.
// Ends when its standard input is closed.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const told = JSON.parse(process.argv[2]);

const provider = new Provider(told.issuer, {
  clients: told.clients,
  jwks: told.jwks,
  // Read anew each time: the tests change and delete people while they are signed in.
  findAccount(_ctx, id) {
    const claims = JSON.parse(readFileSync(told.people, "utf8"))[id];
    return claims && { accountId: id, claims: () => ({ sub: id, ...claims }) };
  },
  claims: { openid: ["sub", "sid"], profile: ["name", "preferred_username", "roles"], email: ["email"] },
  conformIdTokenClaims: !told.idTokenClaims,
  issueRefreshToken: (_ctx, client) => client.grantTypeAllowed("refresh_token"),
  rotateRefreshToken: true,
  clockTolerance: 0,
  // Its own dispatcher refuses loopback, where the console of the tests is told of a logout.
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
  pkce: { required: () => true },
  cookies: { keys: ["of the tests"] },
  ttl: { AccessToken: told.accessSeconds, AuthorizationCode: 60, IdToken: 600, RefreshToken: 3600, Session: 3600,
         Grant: 3600, Interaction: 600 },
  features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
});
const server = createServer(provider.callback());
server.listen(told.port, "127.0.0.1", () => console.log("ready"));
process.stdin.resume().on("end", () => process.exit(0));
