import { Refusal } from '../../../enclave/refusals.js';
import type { Log } from '../../../runtime/log.js';
import { createAdmission } from './admission.js';
import { createAttest, type AttestOptions } from './attest.js';
import type { EvidenceKind } from './attestRequest.js';
import { EVIDENCE_KINDS, parseAttestRequest } from './attestRequest.js';
import type { Authorization } from './authorize.js';
import { certificatesDocument, openidConfiguration } from './discovery.js';
import { MANAGEMENT_SECONDS, signToken } from './token.js';

export interface ServiceRequest {
  readonly method: string;
  readonly url: URL;
  /** The Authorization header. */
  readonly authorization: string | undefined;
  readonly log: Log;
  /** Reads the body, bounded. @throws Refusal TOO_LARGE, BAD_INPUT */
  body(mediaTypes: readonly string[]): Promise<string>;
}

export interface RoutesOptions extends AttestOptions {
  readonly authorization: Authorization;
  /** How much evidence may be under verification at once, of all callers together; absent: 64. */
  readonly maximumAtOnce?: number;
}

/** Only where collateral has to be waited for are there ever so many. */
const MAXIMUM_AT_ONCE = 64;

interface Route {
  /** Bounded: goes into metrics. */
  readonly name: string;
  readonly answer: (request: ServiceRequest) => Promise<unknown>;
}

/** What the service answers to a request, or undefined where there is no such route. */
export type FindRoute = (method: string, path: string) => Route | undefined;

/** Versions of the protocol that we speak; what differs between them is the shape of bodies, and all shapes are taken. */
const API_VERSIONS = ['2020-10-01', '2022-08-01', '2025-06-01'];
/** Kinds of Azure for which this service has no verifier. */
const FOREIGN_KINDS = ['AzureGuest', 'Tpm'];
const JSON_TYPE = ['application/json'];
/** Policies come as plain text, requests about certificates as JSON; clients have mixed them up, and both are clear. */
const TOKEN_TYPES = ['text/plain', 'application/json'];

/** The protocol of Azure Attestation (Azure/azure-rest-api-specs, specification/attestation/data-plane), as routes. */
export function createRoutes(options: RoutesOptions): FindRoute {
  const { issuer, keys, policies, authorization, now } = options;
  const attest = createAttest(options);
  const admission = createAdmission(options.maximumAtOnce ?? MAXIMUM_AT_ONCE);

  /** On a shared instance the policy is for everybody to read, and nobody's to change. */
  const permit = async (request: ServiceRequest, operation: 'read' | 'write') => {
    if (policies.mode !== 'shared') await authorization.authorize(request.authorization, operation);
  };
  const managementToken = (claims: Readonly<Record<string, unknown>>) => ({
    token: signToken(claims, { issuer, now: now(), lifetimeSeconds: MANAGEMENT_SECONDS }, keys.current()),
  });

  const readRoute = (name: string, read: () => Readonly<Record<string, unknown>>): Route => ({
    name,
    async answer(request) {
      requireVersion(request.url);
      await permit(request, 'read');
      return managementToken(read());
    },
  });

  const changeRoute = (
    name: string,
    bodyField: string,
    change: (token: string) => Readonly<Record<string, unknown>>,
  ): Route => ({
    name,
    async answer(request) {
      requireVersion(request.url);
      await permit(request, 'write');
      const claims = change(tokenIn(await request.body(TOKEN_TYPES), bodyField));
      request.log.info({ operation: name, mode: policies.mode }, 'The policies or their signers have changed.');
      return managementToken(claims);
    },
  });

  const attestRoute = (kind: EvidenceKind): Route => ({
    name: `/attest/${kind}`,
    async answer(request) {
      requireVersion(request.url);
      // Whoever sends slowly takes nobody's place.
      const asked = parseAttestRequest(kind, await request.body(JSON_TYPE));
      const { token, id, measurement, simulated } = await admission.run(() => attest(asked));
      request.log.info({ resultId: id, measurement, simulated }, 'Evidence verified.');
      return { token };
    },
  });

  const document = (name: string, content: () => unknown): Route => ({
    name,
    answer: () => Promise.resolve(content()),
  });

  const configuration = openidConfiguration(issuer);
  const routes = new Map<string, Route>([
    ['GET /certs', document('/certs', () => certificatesDocument(keys))],
    ['GET /.well-known/openid-configuration', document('/.well-known/openid-configuration', () => configuration)],
    ['GET /cloister/policies', document('/cloister/policies', () => policiesDocument(options))],
    ['GET /certificates', readRoute('/certificates', () => policies.certificates())],
    [
      'POST /certificates:add',
      changeRoute('/certificates:add', 'policyCertificateToAdd', (token) => policies.addCertificate(token)),
    ],
    [
      'POST /certificates:remove',
      changeRoute('/certificates:remove', 'policyCertificateToRemove', (token) => policies.removeCertificate(token)),
    ],
    ...EVIDENCE_KINDS.flatMap((kind): [string, Route][] => [
      [`POST /attest/${kind}`, attestRoute(kind)],
      [`GET /policies/${kind}`, readRoute(`/policies/${kind}`, () => policies.get(kind))],
      [`PUT /policies/${kind}`, changeRoute(`/policies/${kind}`, 'policy', (token) => policies.set(kind, token))],
      [
        `POST /policies/${kind}:reset`,
        changeRoute(`/policies/${kind}:reset`, 'policy', (token) => policies.reset(kind, token)),
      ],
    ]),
  ]);

  return (method, path) => routes.get(`${method} ${path}`) ?? foreignRoute(path);
}

/** What is in force and what was, for the attestation subgraph and whoever wants to know by which rules results are made. */
function policiesDocument({ policies }: RoutesOptions) {
  const types = EVIDENCE_KINDS.map((type) => {
    const [inForce, ...former] = policies.history(type);
    return {
      type,
      ...inForce,
      history: former.map(({ since, hash, signer, isDefault }) => ({ since, hash, signer, isDefault })),
    };
  });
  return { mode: policies.mode, policies: types };
}

/** A type that the protocol knows and this service does not verify is a wrong parameter, not an unknown place. */
function foreignRoute(path: string): Route | undefined {
  const kind = FOREIGN_KINDS.find((each) => new RegExp(`^/(attest|policies)/${each}(:reset)?$`).test(path));
  if (kind === undefined) return undefined;
  const refusal = new Refusal('BAD_INPUT', `${kind} is not supported; there are ${EVIDENCE_KINDS.join(', ')}.`);
  return { name: 'unsupported', answer: () => Promise.reject(refusal) };
}

function requireVersion(url: URL): void {
  const version = url.searchParams.get('api-version');
  if (version !== null && API_VERSIONS.includes(version)) return;
  throw new Refusal('BAD_INPUT', `api-version is none of ${API_VERSIONS.join(', ')}.`);
}

/** The JWS of a body: plain, as a JSON text (2020-10-01), or in a named field of a JSON object (2025-06-01). */
function tokenIn(body: string, field: string): string {
  const text = body.trim();
  if (!/^["{]/.test(text)) return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Refusal('BAD_INPUT', 'The body is neither a token nor JSON.', { cause });
  }
  const token = typeof value === 'object' ? (value as Record<string, unknown> | null)?.[field] : value;
  if (typeof token !== 'string') throw new Refusal('BAD_INPUT', `The body has no text ${field}.`);
  return token;
}
