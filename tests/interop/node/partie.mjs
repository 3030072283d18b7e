// A relying party made with openid-client. It talks with the test by lines of JSON: it asks for a visit of the
// browser, reads where the browser came back, and ends by telling what it read in tokens.

import { createInterface } from 'node:readline';
import * as client from 'openid-client';
import * as jose from 'jose';

const asked = JSON.parse(process.argv[2]);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

async function visit(url) {
  say({ visit: url.href });
  const { value } = await lines.next();
  const came = JSON.parse(value);
  return came.form ? formPost(came) : new URL(came.url);
}

function formPost({ url, form }) {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return new Request(url, { method: 'POST', body: new URLSearchParams(form), headers });
}

const options = { execute: [client.allowInsecureRequests] };

async function discovered(metadata, authentication) {
  const found = await client.discovery(new URL(asked.issuer), asked.client_id, metadata, authentication, options);
  // The signature of every token is checked, though it came over a direct connection.
  client.enableNonRepudiationChecks(found);
  return found;
}

async function signIn(config, parameters = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const checks = {
    pkceCodeVerifier: verifier,
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: asked.redirect_uri,
    scope: asked.scope,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...parameters,
  });
  return client.authorizationCodeGrant(config, await visit(url), checks);
}

async function told(config, tokens) {
  const claims = tokens.claims();
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  return { claims, userinfo, expires_in: tokens.expiresIn() };
}

async function privateKey() {
  const { publicKey, privateKey: key } = await jose.generateKeyPair(asked.alg, { extractable: true });
  return { key, jwk: { ...(await jose.exportJWK(publicKey)), use: 'sig', alg: asked.alg } };
}

const scenarios = {
  async code() {
    const config = await discovered({}, client.ClientSecretBasic(asked.client_secret));
    const tokens = await signIn(config);
    return told(config, tokens);
  },

  async form_post() {
    const config = await discovered({}, client.ClientSecretPost(asked.client_secret));
    return told(config, await signIn(config, { response_mode: 'form_post' }));
  },

  async whole_life() {
    const config = await discovered({}, client.ClientSecretBasic(asked.client_secret));
    const tokens = await signIn(config);
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
    const introspected = await client.tokenIntrospection(config, refreshed.access_token);
    await client.tokenRevocation(config, tokens.refresh_token);
    const after = await client.tokenIntrospection(config, refreshed.access_token);
    const refused = await client.refreshTokenGrant(config, tokens.refresh_token).catch((error) => error.error);
    const out = client.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: asked.post_logout_redirect_uri,
      state: 'sortie',
    });
    const back = await visit(out);
    return { introspected, after, refused, back: back.href, same: refreshed.claims().sub === tokens.claims().sub };
  },

  async registered() {
    const { key, jwk } = await privateKey();
    const config = await client.dynamicClientRegistration(
      new URL(asked.issuer),
      {
        redirect_uris: [asked.redirect_uri],
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: asked.alg,
        id_token_signed_response_alg: asked.alg,
        userinfo_signed_response_alg: asked.alg,
        introspection_signed_response_alg: asked.alg,
        grant_types: ['authorization_code', 'refresh_token'],
        subject_type: 'pairwise',
        jwks: { keys: [jwk] },
      },
      client.PrivateKeyJwt(key),
      options,
    );
    client.enableNonRepudiationChecks(config);
    const tokens = await signIn(config);
    const introspected = await client.tokenIntrospection(config, tokens.access_token);
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
    return { ...(await told(config, refreshed)), introspected };
  },

  async public_client() {
    const config = await client.dynamicClientRegistration(
      new URL(asked.issuer),
      {
        redirect_uris: [asked.redirect_uri],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
      },
      client.None(),
      options,
    );
    const first = await signIn(config);
    const second = await client.refreshTokenGrant(config, first.refresh_token);
    const third = await client.refreshTokenGrant(config, second.refresh_token);
    return { tokens: [first, second, third].map((one) => one.refresh_token) };
  },

  async client_credentials() {
    const config = await discovered({}, client.ClientSecretPost(asked.client_secret));
    const tokens = await client.clientCredentialsGrant(config, { resource: asked.resource });
    return { claims: jose.decodeJwt(tokens.access_token) };
  },

  async refused() {
    const config = await discovered({}, client.ClientSecretBasic(asked.client_secret));
    const error = await signIn(config, { prompt: 'none' }).catch((raised) => raised);
    return { error: error.error, description: error.error_description };
  },
};

try {
  say({ done: await scenarios[asked.scenario]() });
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error.stack}\n${JSON.stringify(error.cause ?? {}, null, 1)}\n`);
  process.exit(1);
}
