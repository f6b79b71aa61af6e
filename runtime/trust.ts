import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyOverlay, parseOverlay, parsePolicy } from '../enclave/appraisal/loadPolicies.js';
import type { AppraisalPolicy, PolicyOverlay, ReferenceValues, TrustedIssuer } from '../enclave/appraisal/policy.js';
import { parseTrustFile } from '../enclave/appraisal/trustFile.js';
import type { AppraisePeer } from '../enclave/channel/peer.js';
import { createPeerAppraisal } from '../enclave/channel/peer.js';
import { Refusal } from '../enclave/refusals.js';
import type { IssuerKeys } from '../enclave/results/issuerKeys.js';
import { createIssuerKeys } from '../enclave/results/issuerKeys.js';
import type { ResultVerifier } from '../enclave/results/resultVerifier.js';
import { createResultVerifier } from '../enclave/results/resultVerifier.js';
import { nodeTokenSignatures } from './tokenSignatures.js';
import { fetchJson } from './fetchJson.js';

/** Whom this process believes and what it demands of them: the trust file and the policies, in force. */
export interface Trust {
  readonly mode: 'development' | 'production';
  readonly issuers: readonly TrustedIssuer[];
  readonly referenceValues: ReferenceValues;
  /** By name, with the development overlay applied in development. */
  readonly policies: ReadonlyMap<string, AppraisalPolicy>;
  /** Scopes that an attested enclave has as a caller, by its name. */
  readonly callers: ReadonlyMap<string, readonly string[]>;
  /** Is this attestation result genuine and in date? */
  readonly verifyResult: ResultVerifier;
  /** The keys of the issuers, for what is older than a result in date: receipts. */
  readonly getKeys: IssuerKeys;
  /** @throws Refusal POLICY_UNKNOWN */
  policy(name: string): AppraisalPolicy;
  /** How a peer is judged that must satisfy all these policies. @throws Refusal POLICY_UNKNOWN */
  appraisePeer(demands: {
    readonly policies: readonly string[];
    readonly expectEnclave?: string | undefined;
  }): AppraisePeer;
}

export interface TrustOptions {
  /** JSON; see `TrustFile`. */
  readonly trustFile: string;
  /** One JSON file a policy, `callers.json`, and `development.overlay.json`. */
  readonly policiesFolder: string;
  /** Milliseconds since 1970, for instance Date.now. */
  readonly now: () => number;
  /** Gets a JWKS; absent means over HTTP. */
  readonly fetchJwks?: (uri: string) => Promise<unknown>;
  /** Whether a signing certificate carries genuine evidence that its key lives in an enclave; see `KeyImport`. */
  readonly isAttested?: IsAttested;
}

/** Given what the trust file says. */
export type IsAttested = (
  trust: Pick<Trust, 'mode' | 'referenceValues'>,
) => (certificate: Uint8Array) => Promise<boolean | undefined>;

/** How far clocks may differ, in seconds. */
const LEEWAY_SECONDS = 30;
const MINIMUM_REFETCH_SECONDS = 5;
const JWKS_TIMEOUT_MS = 5000;
const JWKS_BYTES = 1_048_576;

/** @throws Refusal CONFIGURATION_INVALID that names the file and every problem in it. */
export async function loadTrust(options: TrustOptions): Promise<Trust> {
  const { policiesFolder, fetchJwks = fetchKeys } = options;
  const now = () => options.now() / 1000;
  const { mode, issuers, referenceValues } = await readJson(options.trustFile, parseTrustFile);
  const files = (await readdir(policiesFolder).catch(unreadable(policiesFolder))).filter((file) =>
    file.endsWith('.json'),
  );
  const overlay = mode === 'development' ? await readOverlay(policiesFolder) : undefined;
  const callers = files.includes(CALLERS) ? await readJson(join(policiesFolder, CALLERS), parseCallers) : new Map();

  const policies = new Map<string, AppraisalPolicy>();
  for (const file of files.filter((name) => name !== CALLERS && !name.endsWith('.overlay.json'))) {
    const policy = await readJson(join(policiesFolder, file), parsePolicy);
    if (`${policy.name}.json` !== file) {
      throw new Refusal('CONFIGURATION_INVALID', `${join(policiesFolder, file)} holds a policy named ${policy.name}.`);
    }
    policies.set(policy.name, overlay ? applyOverlay(policy, overlay) : policy);
  }

  const getKeys = createIssuerKeys({
    fetchJwks,
    now,
    minimumRefetchSeconds: MINIMUM_REFETCH_SECONDS,
    signatures: nodeTokenSignatures,
    ...(options.isAttested && { isAttested: options.isAttested({ mode, referenceValues }) }),
  });
  const verifyResult = createResultVerifier({ issuers, getKeys, now, leewaySeconds: LEEWAY_SECONDS });
  const policyNamed = (name: string): AppraisalPolicy => {
    const policy = policies.get(name);
    if (!policy) throw new Refusal('POLICY_UNKNOWN', `There is no policy ${name.slice(0, 64)} in ${policiesFolder}.`);
    return policy;
  };
  return Object.freeze<Trust>({
    mode,
    issuers,
    referenceValues,
    policies,
    callers,
    verifyResult,
    getKeys,
    policy: policyNamed,
    appraisePeer: ({ policies: names, expectEnclave }) =>
      createPeerAppraisal({ verifyResult, policies: names.map(policyNamed), referenceValues, expectEnclave, now }),
  });
}

const CALLERS = 'callers.json';

function readOverlay(folder: string): Promise<PolicyOverlay> {
  return readJson(join(folder, 'development.overlay.json'), parseOverlay);
}

/** `{"enclave": ["scope", …]}` */
function parseCallers(json: unknown): ReadonlyMap<string, readonly string[]> {
  const entries = typeof json === 'object' && json !== null && !Array.isArray(json) ? Object.entries(json) : undefined;
  const areStrings = (value: unknown) => Array.isArray(value) && value.every((scope) => typeof scope === 'string');
  if (!entries?.every(([, scopes]) => areStrings(scopes))) {
    throw new Refusal('CONFIGURATION_INVALID', 'it must map names of enclaves to lists of scopes');
  }
  return new Map(entries as [string, readonly string[]][]);
}

async function readJson<T>(file: string, parse: (json: unknown) => T): Promise<T> {
  const text = await readFile(file, 'utf8').catch(unreadable(file));
  try {
    return parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new Refusal('CONFIGURATION_INVALID', `${file}: ${reason}`, { cause });
  }
}

function unreadable(path: string): (cause: unknown) => never {
  return (cause) => {
    throw new Refusal('CONFIGURATION_INVALID', `${path} cannot be read.`, { cause });
  };
}

async function fetchKeys(uri: string): Promise<unknown> {
  const { status, body } = await fetchJson({ url: uri, timeoutMs: JWKS_TIMEOUT_MS, maximumBytes: JWKS_BYTES });
  if (status !== 200) throw new RangeError(`${uri} answered with status ${status}`);
  return body;
}
