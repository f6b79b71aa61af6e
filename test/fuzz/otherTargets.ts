import { createHash } from 'node:crypto';
import { readCertificateTable } from '../../enclave/platforms/configfsTsm/certificateTable.js';
import { parseAttestationPolicy } from '../../enclave/policyLanguage/parsePolicy.js';
import { configurationOf, evaluateAttestationPolicy } from '../../enclave/policyLanguage/evaluatePolicy.js';
import { readCompactJws } from '../../enclave/results/compactJws.js';
import { readJwks } from '../../enclave/results/jwks.js';
import { parseHclReport } from '../../enclave/verification/azureHcl/hclReport.js';
import { verifyTdxHclReport } from '../../enclave/verification/azureHcl/verifyHclReport.js';
import { parseReport } from '../../enclave/verification/sevSnp/report.js';
import { readVcekChain } from '../../enclave/verification/sevSnp/vcekChain.js';
import { cutMember } from '../../runtime/collateral/signedMember.js';
import type { EvidenceKind } from '../../subgraphs/attestation/service/attestRequest.js';
import { EVIDENCE_KINDS, parseAttestRequest } from '../../subgraphs/attestation/service/attestRequest.js';
import { quoteInOpenEnclaveReport } from '../../runtime/evidence/openEnclaveReport.js';
import { readSnpEnvelope } from '../../runtime/evidence/snpEnvelope.js';
import { filesIn, sharedVectors } from './seeds.js';
import type { FuzzTarget } from './target.js';
import { bytesOf, isCoded, isUnreadable, textOf } from './target.js';

type Texts = Readonly<Record<string, string>>;

const casesIn = (folder: string) =>
  filesIn(sharedVectors(folder))
    .filter(({ name }) => name.endsWith('.json'))
    .map(({ bytes }) => JSON.parse(textOf(bytes)) as Texts & { jwks?: object });
const snp = casesIn('snp');
const maa = casesIn('maa').filter(({ token }) => token !== undefined);
const binary = (text: string | undefined) => Buffer.from(text ?? '', 'base64');
const pem = (der: string | undefined) => `-----BEGIN CERTIFICATE-----\n${der ?? ''}\n-----END CERTIFICATE-----\n`;

const POLICIES = [
  'version= 1.0;authorizationrules{=> permit();};issuancerules{};',
  `version= 1.2; // comment
configurationrules{ => issueproperty(type="required_pcr_mask", value=4294967295); };
authorizationrules{
  [type=="x-ms-sgx-is-debuggable", value==false] && [type=="x-ms-sgx-svn", value>= 1] => permit();
  ![type=="secureboot", value==true] => deny();
};
issuancerules{
  c:[type=="x-ms-sgx-mrsigner"] => issue(type="signer", value=c.value);
  c:[type=="boot", issuer=="AttestationService"] => add(type="events", value=JmesPath(c.value, "Events[?EventTypeString=='EV_X'].ProcessedData"));
  c:[type=="events"] && d:[type=="signer"] => issue(type="both", value=AppendString(c.value, d.value));
  c:[type=="data"] => issue(claim=c);
};`,
];
const CLAIMS = [
  ['x-ms-sgx-is-debuggable', false],
  ['x-ms-sgx-svn', 3],
  ['x-ms-sgx-mrsigner', 'ab'.repeat(32)],
  ['boot', '{"Events":[{"EventTypeString":"EV_X","ProcessedData":{"n":[1,2,3]}}]}'],
] as const;
const policyClaims = CLAIMS.map(([type, value]) => ({ type, value, issuer: 'AttestationService' as const }));

/** Everything that strangers send and that is no SGX or TDX quote. One line a parser. */
export const otherTargets: readonly FuzzTarget[] = [
  {
    name: 'snp-report',
    form: 'bytes',
    seeds: [new Uint8Array(1184).fill(2, 0, 1), ...snp.map(({ report }) => binary(report))],
    run: parseReport,
    isRefusal: isCoded,
  },
  {
    name: 'vcek-chain',
    form: 'pem',
    seeds: [bytesOf(pem('AAAA')), ...snp.map(({ leaf, ask, ark }) => bytesOf(pem(leaf) + pem(ask) + pem(ark)))],
    run: (input) => readVcekChain(textOf(input)),
    isRefusal: isCoded,
  },
  {
    name: 'hcl-report',
    form: 'bytes',
    seeds: [bytesOf('HCLA'), ...filesIn(sharedVectors('azure-hcl')).map(({ bytes }) => bytes)],
    run: parseHclReport,
    isRefusal: isCoded,
  },
  {
    name: 'verify-hcl-report',
    form: 'bytes',
    seeds: filesIn(sharedVectors('azure-hcl')).map(({ bytes }) => bytes),
    run: neverAccepted,
    isRefusal: isCoded,
  },
  {
    name: 'certificate-table',
    form: 'bytes',
    seeds: [new Uint8Array(24 * 4)],
    run: readCertificateTable,
    isRefusal: isUnreadable,
  },
  {
    name: 'policy',
    form: 'text',
    seeds: [
      ...POLICIES.map(bytesOf),
      ...filesIn(sharedVectors('maa-samples'))
        .filter(({ name }) => name.endsWith('.txt'))
        .map(({ bytes }) => bytes),
    ],
    run: judgePolicy,
    isRefusal: isCoded,
  },
  {
    name: 'token',
    form: 'text',
    seeds: [bytesOf('e30.e30.AA'), ...maa.map(({ token }) => bytesOf(token ?? ''))],
    run: (input) => readCompactJws(textOf(input)),
    isRefusal: isCoded,
  },
  {
    name: 'token-json',
    form: 'json',
    seeds: [
      bytesOf('[{"alg":"RS256","kid":"a"},{"iss":"b"}]'),
      ...maa.map(({ token }) => bytesOf(partsOf(token ?? ''))),
    ],
    run: (input) => readCompactJws(tokenOf(textOf(input))),
    isRefusal: isCoded,
  },
  {
    name: 'jwks',
    form: 'json',
    seeds: [bytesOf('{"keys":[]}'), ...maa.map(({ jwks }) => bytesOf(JSON.stringify(jwks)))],
    run: (input) => readJwks(parseJson(input)),
    isRefusal: isUnreadable,
  },
  ...EVIDENCE_KINDS.map((kind): FuzzTarget => ({
    name: `attest-${kind}`,
    form: 'json',
    seeds: attestBodies(kind),
    run: (input) => readAttestRequest(kind, input),
    isRefusal: isCoded,
  })),
  {
    name: 'signed-member',
    form: 'json',
    seeds: [bytesOf('{"tcbInfo":{"a":[1,"}"]},"signature":"00"}')],
    run: (input) => cutMember(textOf(input), 'tcbInfo'),
    isRefusal: isUnreadable,
  },
];

/** A report of a TD without a quote beside it can never be genuine. */
function neverAccepted(input: Uint8Array): void {
  const sha256 = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  verifyTdxHclReport(input, { quote: undefined, primitives: { sha256 } });
  throw new Error('a report under a MAC alone is accepted');
}

/** Parses, and runs what could be parsed: evaluation is bounded too. */
function judgePolicy(input: Uint8Array): void {
  const policy = parseAttestationPolicy(textOf(input));
  configurationOf(policy);
  evaluateAttestationPolicy(policy, policyClaims);
}

function readAttestRequest(kind: EvidenceKind, input: Uint8Array): void {
  const { evidence } = parseAttestRequest(kind, textOf(input));
  if (kind === 'OpenEnclave') quoteInOpenEnclaveReport(evidence);
  if (kind === 'SevSnpVm') readSnpEnvelope(evidence);
}

function attestBodies(kind: EvidenceKind): Uint8Array[] {
  const held = { data: Buffer.from('{"keys":[]}').toString('base64url'), dataType: 'JSON' };
  const snpEvidence = JSON.stringify({ SnpReport: 'AAAA', VcekCertChain: 'AAAA', Endorsements: 'AAAA' });
  const openEnclave = '\u0001\0\0\0\u0002\0\0\0\u0005\0\0\0\0\0\0\0quote';
  const plain = kind === 'OpenEnclave' ? openEnclave : 'quote';
  const evidence = Buffer.from(kind === 'SevSnpVm' ? snpEvidence : plain).toString('base64url');
  const field = kind === 'SgxEnclave' || kind === 'TdxVm' ? 'quote' : 'report';
  return [
    {},
    { runtimeData: held },
    { initTimeData: held, nonce: 'n' },
    { nonce: 12, draftPolicyForAttestation: 'a.b.c' },
  ].map((more) => bytesOf(JSON.stringify({ [field]: evidence, ...more })));
}

/** Header and claims as a JSON list, so that mutation reaches them; the signature is not read as anything. */
function partsOf(token: string): string {
  const [header = '', claims = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString('utf8'));
  return `[${header},${claims}]`;
}

function tokenOf(parts: string): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value ?? null)).toString('base64url');
  try {
    const value: unknown = JSON.parse(parts);
    const [header, claims] = Array.isArray(value) ? (value as unknown[]) : [value, value];
    return `${encode(header)}.${encode(claims)}.AAAA`;
  } catch {
    // No JSON, or nested deeper than the engine can write.
    const whole = Buffer.from(parts).toString('base64url');
    return `${whole}.${whole}.AAAA`;
  }
}

function parseJson(input: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(input));
  } catch {
    return undefined;
  }
}
