import { createHash, createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInsecurePlatform, setPlatformState } from '../../enclave/platforms/insecure/createPlatform.js';
import type { PlatformState } from '../../enclave/platforms/insecure/platformState.js';
import { SOUND } from '../../enclave/platforms/insecure/platformState.js';
import { newKey } from '../../enclave/platforms/insecure/issueCertificate.js';
import { ENCLAVE, FMSPC, PLATFORM_TCB, QUOTING_ENCLAVE } from '../../enclave/platforms/insecure/profile.js';
import { writeQuote } from '../../enclave/platforms/insecure/quote.js';
import { writeSgxReport } from '../../enclave/platforms/insecure/sgxReport.js';
import { writePem } from '../../enclave/asn1/pem.js';
import { readCollateral } from '../../enclave/verification/dcap/collateral.js';
import { trustRoot } from '../../enclave/verification/trustRoot.js';
import type { AttestedClient } from '../../runtime/attestedClient.js';
import { createAttestedClient } from '../../runtime/attestedClient.js';
import type { Listening } from '../../runtime/attestedListener.js';
import { startAttestedListener } from '../../runtime/attestedListener.js';
import { createCollateralCache } from '../../runtime/collateral/cache.js';
import type { CollateralSource } from '../../runtime/collateral/source.js';
import { silentLog } from '../../runtime/log.js';
import { createMetrics } from '../../runtime/metrics.js';
import type { AttestationSubgraph, AttestationSubgraphOptions } from '../../subgraphs/attestation/subgraph.js';
import { startAttestationSubgraph } from '../../subgraphs/attestation/subgraph.js';
import type { GraphQLAnswer } from './askSubgraph.js';
import { askSubgraph } from './askSubgraph.js';
import type { AttestedSystem, AttestedSystemOptions } from './attestedSystem.js';
import { startAttestedSystem } from './attestedSystem.js';
import type { EvidenceChange } from './dcapKit/evidence.js';
import { makeEvidence } from './dcapKit/evidence.js';
import { createTestAuthority } from './dcapKit/testAuthority.js';
import { checkout } from './shared.js';
import { makeSnpEvidence, SNP_NOW } from './snpEvidence.js';

export const ATTESTATION_SCOPE = 'user/AttestationResult.read';

/** An attestation subgraph that can be restarted over its data, with one enclave beside it and an attestation service for every TEE. */
export interface AttestationSubgraphWorld {
  /** Milliseconds since 1970: what everybody takes for the time. */
  time: number;
  readonly system: AttestedSystem;
  readonly data: string;
  ask(query: string, variables?: Record<string, unknown>, scopes?: readonly string[]): Promise<GraphQLAnswer>;
  /** Ends the subgraph and starts it anew over the same data. */
  restart(
    change?: Partial<AttestationSubgraphOptions['config']>,
    trust?: AttestationSubgraphOptions['trust'],
  ): Promise<void>;
  /** Ends the enclave `patient`, and starts it anew, attested anew, at the same place. */
  restartPatient(): Promise<void>;
  stopPatient(): Promise<void>;
  /** What the vendor of the simulated machine says about it from now on. */
  setPlatform(state: Partial<PlatformState>): void;
  warnings(): readonly string[];
  close(): Promise<void>;
}

const authority = createTestAuthority(SNP_NOW);
const snp = makeSnpEvidence();

export async function startAttestationSubgraphWorld(
  change: Partial<AttestationSubgraphOptions['config']> = {},
  systemOptions: AttestedSystemOptions = {},
): Promise<AttestationSubgraphWorld> {
  const data = mkdtempSync(join(tmpdir(), 'cloister-attestation-'));
  const world = { time: SNP_NOW };
  const now = () => world.time;
  const platform: Record<string, string> = { ...createInsecurePlatform({ now: SNP_NOW }) };
  const files = platform as unknown as ReturnType<typeof createInsecurePlatform>;
  const source: CollateralSource = {
    name: 'test',
    dcap: ({ fmspc, tee }) =>
      Promise.resolve(
        fmspc.toLowerCase() === FMSPC.toLowerCase()
          ? readCollateral(files['collateral.json'])
          : makeEvidence(authority, tee === 'tdx' ? 'tdx-v4' : 'sgx-v3', SNP_NOW).collateral,
      ),
    sevSnp: () =>
      Promise.resolve({
        chain: snp.certificates
          .slice(1)
          .map((certificate) => writePem(certificate))
          .join(''),
        crl: Buffer.from(snp.revocationList).toString('hex'),
      }),
    vcek: () => Promise.resolve({ certificate: writePem(snp.certificates[0]) }),
  };
  const newCache = () => createCollateralCache({ source, now, random: () => 0, log: silentLog });
  let collateral = newCache();
  const system = await startAttestedSystem({
    now,
    service: {
      platform: files,
      trustRoots: [
        trustRoot({ name: 'insecure', simulated: true, pem: files['root.pem'] }),
        trustRoot({ name: 'test', simulated: true, pem: authority.certificate('root') }),
        snp.trustRoot,
      ],
      collateral: { get: (request) => collateral.get(request) },
    },
    ...systemOptions,
  });
  const common = async (name: string) => ({
    identity: await system.identity(name),
    trust: system.trust,
    now,
    log: silentLog,
    metrics: createMetrics(name, { processMetrics: false }),
  });
  const startPatient = async (port: number): Promise<Listening> =>
    startAttestedListener({ ...(await common('patient')), host: '127.0.0.1', port }, (_, response) => response.end());
  let patient = await startPatient(0);
  const options = await common('attestation');
  const start = (more: Partial<AttestationSubgraphOptions['config']>, trust = system.trust) =>
    startAttestationSubgraph({
      ...options,
      trust,
      typeDefs: readFileSync(`${checkout}/schema/attestation.graphql`, 'utf8'),
      config: {
        host: '127.0.0.1',
        attestedPort: 0,
        enclaves: new Map([
          ['patient', `https://127.0.0.1:${patient.port}`],
          ['inference', 'https://127.0.0.1:9'],
        ]),
        data,
        retentionDays: 90,
        probeSeconds: 0,
        attestationService: system.service.url,
        attestationServiceTimeoutMs: 5000,
        ...change,
        ...more,
      },
    });
  const identity = await system.identity('gateway');
  const clientOf = ({ port }: Listening): AttestedClient =>
    createAttestedClient({
      peer: 'attestation',
      url: `https://127.0.0.1:${port}`,
      expectEnclave: 'attestation',
      identity,
      trust: system.trust,
      now,
    });
  let subgraph: AttestationSubgraph = await start({});
  let gateway = clientOf(subgraph);

  return Object.assign(world, {
    system,
    data,
    ask: (query: string, variables: Record<string, unknown> = {}, scopes: readonly string[] = [ATTESTATION_SCOPE]) =>
      askSubgraph(gateway, { query, variables, scopes }),
    restart: async (more: Partial<AttestationSubgraphOptions['config']> = {}, trust = system.trust) => {
      await gateway.close();
      await subgraph.close();
      subgraph = await start(more, trust);
      gateway = clientOf(subgraph);
    },
    restartPatient: async () => {
      const { port } = patient;
      await patient.close();
      patient = await startPatient(port);
    },
    stopPatient: () => patient.close(),
    setPlatform: (state: Partial<PlatformState>) => {
      Object.assign(platform, setPlatformState(files, { ...SOUND, ...state }, now()));
      void collateral.close();
      collateral = newCache();
    },
    warnings: () => subgraph.warnings(),
    close: async () => {
      await gateway.close();
      await subgraph.close();
      await patient.close();
      await system.close();
      await collateral.close();
      rmSync(data, { recursive: true, force: true });
    },
  });
}

export interface SubmittedEvidence {
  readonly kind: 'SGX_ENCLAVE' | 'OPEN_ENCLAVE' | 'TDX_VM' | 'SEV_SNP_VM';
  readonly evidence: string;
  readonly runtimeData: { readonly data: string; readonly type?: 'JSON' | 'BINARY' };
  readonly nonce?: string;
}

/** What submitEvidence answers. */
export interface SubmissionFound {
  readonly id: string;
  readonly verification: Readonly<Record<string, unknown>>;
  readonly attestationResult: Readonly<Record<string, unknown>> | null;
  readonly verdicts: readonly {
    readonly policy: string;
    readonly outcome: string;
    readonly code: string | null;
    readonly failures: readonly unknown[];
  }[];
}

export const SUBMIT_EVIDENCE = `mutation ($evidence: EvidenceInput!, $policy: ID) {
  submitEvidence(evidence: $evidence, policy: $policy) {
    id kind evidenceSha256 receivedAt
    verification { outcome code serviceCode reason service failures { claim expected actual } }
    attestationResult { id teeType measurement debug tcbStatus advisoryIds tcbEvaluationDataNumber origin enclave }
    verdicts { policy policySha256 outcome code reason failures { claim expected actual } }
  }
}`;

/** Submits evidence of the right form; fails the test where the answer is an error. */
export async function submitEvidence(
  world: Pick<AttestationSubgraphWorld, 'ask'>,
  evidence: SubmittedEvidence,
  policy?: string,
): Promise<SubmissionFound> {
  const { data, errors } = await world.ask(SUBMIT_EVIDENCE, { evidence, policy });
  if (errors) throw new Error(`submitEvidence: ${JSON.stringify(errors)}`);
  return data?.submitEvidence as SubmissionFound;
}

export function withFlippedBit(evidence: SubmittedEvidence, at: number): SubmittedEvidence {
  const bytes = Buffer.from(evidence.evidence, 'base64url');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return { ...evidence, evidence: bytes.toString('base64url') };
}

const RUNTIME_DATA = Buffer.from('{"keys":[]}');
const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url');
const reportDataFor = (bytes: Uint8Array) =>
  Buffer.concat([createHash('sha256').update(bytes).digest(), Buffer.alloc(32)]);
const reportData = reportDataFor(RUNTIME_DATA);
const runtimeData = { data: base64url(RUNTIME_DATA) };

/** Of the world's simulated machine. */
export function insecureEvidence(
  files: AttestedSystem['service']['platform'],
  enclave: { readonly measurement: string; readonly debug?: boolean; readonly runtime?: Uint8Array },
): SubmittedEvidence {
  const { measurement, debug = false, runtime = RUNTIME_DATA } = enclave;
  const cpuSvn = Uint8Array.from(PLATFORM_TCB.components);
  const quote = writeQuote({
    header: { version: 3, pceSvn: PLATFORM_TCB.pceSvn },
    body: writeSgxReport({
      ...ENCLAVE,
      cpuSvn,
      flags: debug ? 0x07 : 0x05,
      measurement,
      reportData: reportDataFor(runtime),
    }),
    quotingEnclave: { ...QUOTING_ENCLAVE, cpuSvn, flags: 0x11, measurement: QUOTING_ENCLAVE.signer },
    attestationKey: newKey(),
    pckKey: createPrivateKey(files['pck-key.pem']),
    pckChain: files['pck-chain.pem'],
  });
  return { kind: 'SGX_ENCLAVE', evidence: base64url(quote), runtimeData: { data: base64url(runtime) } };
}

/** Under the test root, of another platform than the simulated one. */
export function tdxEvidence(change: EvidenceChange = {}): SubmittedEvidence {
  const { quote } = makeEvidence(authority, 'tdx-v4', SNP_NOW, { td: { reportData }, ...change });
  return { kind: 'TDX_VM', evidence: base64url(quote), runtimeData };
}

export function snpEvidence(): SubmittedEvidence {
  const { report, pem } = makeSnpEvidence({ report: { reportData } });
  const envelope = { SnpReport: base64url(report), VcekCertChain: base64url(pem) };
  return { kind: 'SEV_SNP_VM', evidence: base64url(JSON.stringify(envelope)), runtimeData };
}

/** The same quote in the form of Open Enclave. */
export function openEnclaveEvidence(sgx: SubmittedEvidence): SubmittedEvidence {
  const quote = Buffer.from(sgx.evidence, 'base64url');
  const header = Buffer.alloc(16);
  header.writeUInt32LE(1, 0);
  header.writeUInt32LE(2, 4);
  header.writeBigUInt64LE(BigInt(quote.length), 8);
  return { ...sgx, kind: 'OPEN_ENCLAVE', evidence: base64url(Buffer.concat([header, quote])) };
}
