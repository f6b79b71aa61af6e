import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf, probe } from '../../enclave/channel/client.js';
import type { Listening } from '../../runtime/attestedListener.js';
import type { FolderLock } from '../../runtime/database/lock.js';
import { lockFolder } from '../../runtime/database/lock.js';
import { startSubgraph, type SubgraphOptions } from '../../runtime/subgraphServer.js';
import { openAppraisals } from './appraisals.js';
import { createAppraiseToken } from './appraiseToken.js';
import { createAttestationService } from './attestationService.js';
import type { AttestationConfig } from './config.js';
import { createEnclaves } from './enclave.js';
import { openEnclaveHistory } from './enclaveHistory.js';
import { createPolicies } from './policy.js';
import { openPolicyHistory } from './policyHistory.js';
import { type AttestationContext, type AttestationDomain, resolvers } from './resolvers.js';
import { openResults } from './results.js';
import { createSubmitEvidence } from './submitEvidence.js';
import { watchEnclaves } from './watchEnclaves.js';

export interface AttestationSubgraphOptions extends Pick<
  SubgraphOptions<AttestationContext>,
  'typeDefs' | 'identity' | 'trust' | 'now' | 'log' | 'metrics'
> {
  readonly config: Pick<
    AttestationConfig,
    | 'host'
    | 'attestedPort'
    | 'enclaves'
    | 'data'
    | 'retentionDays'
    | 'probeSeconds'
    | 'attestationService'
    | 'attestationServiceTimeoutMs'
  >;
}

export interface AttestationSubgraph extends Listening {
  /** What was found and would not survive a restart; empty as a rule. */
  warnings(): readonly string[];
}

/** For connecting to one enclave, handshake and appraisal. */
const PROBE_TIMEOUT_MS = 3000;

/** The attestation subgraph: who the enclaves are, and what the policies say of them. It holds no health data. */
export async function startAttestationSubgraph(options: AttestationSubgraphOptions): Promise<AttestationSubgraph> {
  const { config } = options;
  mkdirSync(config.data, { recursive: true, mode: 0o700 });
  const lock = lockFolder(config.data);
  try {
    return await startInFolder(options, lock);
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}

async function startInFolder(options: AttestationSubgraphOptions, lock: FolderLock): Promise<AttestationSubgraph> {
  const { config } = options;
  const { domain, stores } = await openDomain(options);
  const watch = watchEnclaves({ enclaves: domain.enclaves, intervalMs: config.probeSeconds * 1000 });
  const subgraph = await startSubgraph<AttestationContext>({
    ...options,
    host: config.host,
    port: config.attestedPort,
    resolvers,
    context: ({ caller }) => ({ ...domain, caller }),
  });
  return {
    port: subgraph.port,
    warnings: () => stores.flatMap((store) => store.problem() ?? []),
    close: async () => {
      await Promise.all([subgraph.close(), watch.stop()]);
      await Promise.all(stores.map((store) => store.close()));
      lock.release();
    },
  };
}

async function openDomain({ config, identity, trust, now: nowMs, log }: AttestationSubgraphOptions) {
  const now = (): number => nowMs() / 1000;
  const { referenceValues, verifyResult } = trust;
  const { retentionDays } = config;
  const at = (file: string) => join(config.data, file);
  const policies = createPolicies({ policies: [...trust.policies.values()], referenceValues, now });
  const results = await openResults({ path: at('results.jsonl'), retentionDays, now, log });
  const appraisals = await openAppraisals({ path: at('appraisals.jsonl'), retentionDays, now, log });
  const enclaveHistory = await openEnclaveHistory({ path: at('enclaves.jsonl'), now: nowMs, log });
  const policyHistory = await openPolicyHistory({ path: at('policies.jsonl'), inForce: policies.all, now, log });
  const appraisePeer = trust.appraisePeer({ policies: ['component'] });
  const enclaves = createEnclaves({
    addresses: config.enclaves,
    policies,
    referenceValues,
    history: enclaveHistory,
    results,
    now: nowMs,
    probe: (url) =>
      probe(addressOf(new URL(url)), {
        credential: () => identity.credential(),
        appraisePeer,
        now,
        timeoutMs: PROBE_TIMEOUT_MS,
      }),
  });
  const service = createAttestationService({
    url: config.attestationService,
    timeoutMs: config.attestationServiceTimeoutMs,
    now: nowMs,
  });
  const verifying = { verifyResult, policies, referenceValues, results };
  const domain: AttestationDomain = {
    mode: trust.mode,
    enclaves,
    enclaveHistory,
    policies,
    policyHistory,
    results,
    appraisals,
    service,
    appraiseToken: createAppraiseToken(verifying),
    submitEvidence: createSubmitEvidence({ ...verifying, service, appraisals, now, newId: randomUUID, randomBytes }),
    now,
  };
  return { domain, stores: [results, appraisals, enclaveHistory, policyHistory] };
}
