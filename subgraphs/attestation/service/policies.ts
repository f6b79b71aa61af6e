import { createHash } from 'node:crypto';
import { DEFAULT_POLICIES } from '../../../enclave/policyLanguage/defaultPolicies.js';
import { parseAttestationPolicy } from '../../../enclave/policyLanguage/parsePolicy.js';
import type { AttestationPolicy } from '../../../enclave/policyLanguage/policy.js';
import { attestationPolicyHash } from '../../../enclave/policyLanguage/policyHash.js';
import { Refusal } from '../../../enclave/refusals.js';
import { nodePrimitives } from '../../../enclave/verification/nodePrimitives.js';
import type { EvidenceKind } from './attestRequest.js';
import { EVIDENCE_KINDS } from './attestRequest.js';
import { ProtocolRefusal } from './azureError.js';
import type { CompactJws } from './compactJws.js';
import { parseCompactJws } from './compactJws.js';
import type { PolicyChange, PolicyState, PolicyStore } from './policyStore.js';
import type { PolicySigner } from './signedRequest.js';
import { chainIn, jwkOf, requireTrustedSigner, signerOf, signerOfCertificate, thumbprintOf } from './signedRequest.js';

/**
 * How policies of an instance may change, as in Azure Attestation. `shared`: not at all. `aad`: by whoever is authorized,
 * signed or not. `isolated`: by whoever is authorized, signed by one of the instance's policy management certificates.
 */
export const INSTANCE_MODES = ['shared', 'aad', 'isolated'] as const;
export type InstanceMode = (typeof INSTANCE_MODES)[number];

/** A policy as it applies to evidence. */
export interface PolicyInForce {
  readonly text: string;
  readonly policy: AttestationPolicy;
  /** Claim x-ms-policy-hash. */
  readonly hash: string;
  /** Claim x-ms-policy-signer; undefined for an unsigned policy. */
  readonly signer: ReturnType<typeof jwkOf> | undefined;
  /** As set, or the default as an unsigned JWS. */
  readonly jws: string;
}

/** One entry of what was in force: the attestation subgraph shows it. */
export interface PolicyVersion {
  /** Seconds since 1970; null for the default before any change. */
  readonly since: number | null;
  readonly hash: string;
  readonly text: string;
  /** Thumbprint of the signer's certificate; null where it is unsigned. */
  readonly signer: string | null;
  readonly isDefault: boolean;
}

/** Claims of a management token, without those that every token has. */
type ManagementClaims = Readonly<Record<string, unknown>>;

export interface Policies {
  readonly mode: InstanceMode;
  inForce(kind: EvidenceKind): PolicyInForce;
  /** Newest first. */
  history(kind: EvidenceKind): readonly PolicyVersion[];
  get(kind: EvidenceKind): ManagementClaims;
  /** @throws Refusal OPERATION_NOT_ALLOWED, POLICY_SYNTAX_INVALID, POLICY_SIGNATURE_INVALID, BAD_INPUT */
  set(kind: EvidenceKind, token: string): ManagementClaims;
  reset(kind: EvidenceKind, token: string): ManagementClaims;
  certificates(): ManagementClaims;
  /** @throws Refusal OPERATION_NOT_ALLOWED also where it would remove the last one. */
  addCertificate(token: string): ManagementClaims;
  removeCertificate(token: string): ManagementClaims;
}

export interface PoliciesOptions {
  readonly mode: InstanceMode;
  readonly store: PolicyStore;
  /** Policy management certificates, DER, where the store has none yet; an isolated instance needs one. */
  readonly signers?: readonly Uint8Array[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Changes that are kept a kind; the oldest go first. */
const MAXIMUM_HISTORY = 100;
const MAXIMUM_SIGNERS = 16;

/**
 * The policies of an instance and who may sign them. A change is checked, then stored, then in force.
 *
 * @throws Refusal CONFIGURATION_INVALID where the store is damaged, or an isolated instance has no certificate.
 */
export function createPolicies({ mode, store, signers = [], now }: PoliciesOptions): Policies {
  let state: PolicyState = store.read() ?? { signers: signers.map((der) => base64(der)), changes: {} };
  if (mode === 'isolated' && state.signers.length === 0)
    throw new Refusal('CONFIGURATION_INVALID', 'An isolated instance needs a policy management certificate.');
  let inForce = readAll(state);

  function commit(next: PolicyState): void {
    store.write(next);
    state = next;
    inForce = readAll(next);
  }

  function change(kind: EvidenceKind, jws: string | null): void {
    const kept = (state.changes[kind] ?? []).slice(1 - MAXIMUM_HISTORY);
    const at = Math.floor(now() / 1000);
    commit({ ...state, changes: { ...state.changes, [kind]: [...kept, { at, jws }] } });
  }

  /** @returns undefined where it is unsigned and may be. */
  function permittedSigner(jws: CompactJws): PolicySigner | undefined {
    const signer = signerOf(jws, now());
    if (mode !== 'isolated') return signer;
    if (!signer) throw notAllowed('an isolated instance takes signed changes only');
    requireTrustedSigner(
      signer,
      state.signers.map((text) => Buffer.from(text, 'base64')),
      now(),
    );
    return signer;
  }

  function requireMutable(): void {
    if (mode === 'shared') throw notAllowed('policies of a shared instance do not change');
  }

  function requireIsolated(): void {
    if (mode !== 'isolated') throw notAllowed(`only an isolated instance has policy signers, and this one is ${mode}`);
  }

  /** The certificate that a signed request names, base64 of DER. */
  function namedCertificate(token: string): { text: string; thumbprint: string } {
    requireIsolated();
    const jws = parseCompactJws(token);
    permittedSigner(jws);
    const der = certificateNamedIn(jws);
    // Refuses what could never verify anything.
    signerOfCertificate(der);
    return { text: base64(der), thumbprint: thumbprintOf(der) };
  }

  return {
    mode,
    inForce: (kind) => inForce[kind],
    history: (kind) => versionsOf(kind, state.changes[kind] ?? []).reverse(),
    get: (kind) => ({ 'x-ms-policy': inForce[kind].jws }),
    set(kind, token) {
      requireMutable();
      const jws = parseCompactJws(token);
      readPolicy(jws);
      const signer = permittedSigner(jws);
      change(kind, jws.text);
      return {
        'x-ms-policy-result': 'Updated',
        'x-ms-policy-token-hash': createHash('sha256').update(jws.text).digest('base64url'),
        ...(signer && { 'x-ms-policy-signer': jwkOf(signer) }),
      };
    },
    reset(kind, token) {
      requireMutable();
      const jws = parseCompactJws(token);
      if (jws.payload !== undefined)
        throw new ProtocolRefusal('InvalidOperation', 'BAD_INPUT', 'The token of a reset has an empty payload.');
      permittedSigner(jws);
      change(kind, null);
      return { 'x-ms-policy-result': 'Removed' };
    },
    certificates: () => ({
      'x-ms-policy-certificates': {
        keys: state.signers.map((text) => jwkOf(signerOfCertificate(Buffer.from(text, 'base64')))),
      },
    }),
    addCertificate(token) {
      const { text, thumbprint } = namedCertificate(token);
      if (!state.signers.includes(text)) {
        if (state.signers.length >= MAXIMUM_SIGNERS) throw notAllowed(`there are ${MAXIMUM_SIGNERS} signers already`);
        commit({ ...state, signers: [...state.signers, text] });
      }
      return certificateResult('IsPresent', thumbprint);
    },
    removeCertificate(token) {
      const { text, thumbprint } = namedCertificate(token);
      if (state.signers.includes(text)) {
        if (state.signers.length === 1) throw notAllowed('the last policy management certificate cannot be removed');
        commit({ ...state, signers: state.signers.filter((signer) => signer !== text) });
      }
      return certificateResult('IsAbsent', thumbprint);
    },
  };
}

/** A draft, or a policy as somebody sets it. @throws Refusal BAD_INPUT, POLICY_SYNTAX_INVALID */
export function readPolicy(jws: CompactJws): { readonly text: string; readonly policy: AttestationPolicy } {
  const encoded = jws.payload?.AttestationPolicy;
  if (typeof encoded !== 'string' || !/^[A-Za-z0-9_-]*={0,2}$/.test(encoded))
    throw new ProtocolRefusal('InvalidOperation', 'BAD_INPUT', 'The token has no AttestationPolicy in base64url.');
  const text = utf8(Buffer.from(encoded, 'base64url'));
  return { text, policy: parseAttestationPolicy(text) };
}

/** A policy as an unsigned JWS: how Azure answers its defaults. */
export function unsignedPolicy(text: string): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const AttestationPolicy = Buffer.from(text).toString('base64url');
  return `${encode({ alg: 'none' })}.${encode({ AttestationPolicy })}.`;
}

/** Claim x-ms-policy-hash. */
export function policyHash(text: string): string {
  return attestationPolicyHash(text, nodePrimitives.sha256);
}

function readAll(state: PolicyState): Readonly<Record<EvidenceKind, PolicyInForce>> {
  const entries = EVIDENCE_KINDS.map((kind) => {
    const jws = state.changes[kind]?.at(-1)?.jws ?? unsignedPolicy(DEFAULT_POLICIES[kind]);
    const parsed = parseCompactJws(jws);
    const { text, policy } = readPolicy(parsed);
    return [kind, { text, policy, jws, hash: policyHash(text), signer: storedSigner(parsed) }] as const;
  });
  return Object.fromEntries(entries) as Record<EvidenceKind, PolicyInForce>;
}

/** Of a policy that was accepted when it came: its certificates may have expired since, which changes nothing. */
function storedSigner({ header }: CompactJws): PolicyInForce['signer'] {
  if (header.alg === 'none') return undefined;
  return jwkOf({ algorithm: header.alg as PolicySigner['algorithm'], certificates: chainIn(header) });
}

function versionsOf(kind: EvidenceKind, changes: readonly PolicyChange[]): PolicyVersion[] {
  const versionOf = (since: number | null, jws: string | null): PolicyVersion => {
    const parsed = parseCompactJws(jws ?? unsignedPolicy(DEFAULT_POLICIES[kind]));
    const { text } = readPolicy(parsed);
    const [leaf] = parsed.header.alg === 'none' ? [] : chainIn(parsed.header);
    return {
      since,
      hash: policyHash(text),
      text,
      signer: leaf ? thumbprintOf(leaf) : null,
      isDefault: jws === null,
    };
  };
  return [versionOf(null, null), ...changes.map(({ at, jws }) => versionOf(at, jws))];
}

/** The name under which the specification, the documentation and older clients put it. */
const CERTIFICATE_FIELDS = ['policyCertificate', 'x-ms-policyCertificate', 'maa-policyCertificate'];

function certificateNamedIn({ payload }: CompactJws): Uint8Array {
  const jwk = CERTIFICATE_FIELDS.map((field) => payload?.[field]).find((value) => value !== undefined);
  const [der] = typeof jwk === 'object' && jwk !== null ? chainIn(jwk as Record<string, unknown>) : [];
  if (!der)
    throw new ProtocolRefusal('InvalidOperation', 'BAD_INPUT', 'The token has no policyCertificate with an x5c.');
  return der;
}

/** The result has one name in the first SDKs and another in the specification of 2025. */
function certificateResult(result: 'IsPresent' | 'IsAbsent', thumbprint: string): ManagementClaims {
  return {
    'x-ms-certificate-result': result,
    'x-ms-certificate-thumbprint': thumbprint,
    'x-ms-policycertificates-result': result,
  };
}

function notAllowed(why: string): Refusal {
  return new Refusal('OPERATION_NOT_ALLOWED', `The operation is disallowed: ${why}.`);
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ProtocolRefusal('PolicyParsingError', 'POLICY_SYNTAX_INVALID', 'The policy is not UTF-8.', { cause });
  }
}

function base64(der: Uint8Array): string {
  return Buffer.from(der).toString('base64');
}
