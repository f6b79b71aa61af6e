import { hexOf } from '../../enclave/bytes.js';
import { fixedIssuerKeys } from '../../enclave/results/issuerKeys.js';
import { verifyAttestationResult } from '../../enclave/results/verifyResult.js';
import { rememberSignatures } from '../../enclave/verification/nodePrimitives.js';
import { verifyReport } from '../../enclave/verification/sevSnp/verifyReport.js';
import { nodeTokenSignatures } from '../../runtime/tokenSignatures.js';
import { TEST_NOW } from '../support/issuer.js';
import { makeSnpEvidence, snpVerifyOptions } from '../support/snpEvidence.js';
import { createTokenWorld } from '../vectors/tokenWorld.js';
import type { FuzzTarget } from './target.js';
import { bytesOf, isCoded, textOf } from './target.js';

const snp = (['Milan', 'Genoa', 'Turin'] as const).flatMap((product) =>
  (['vcek', 'vlek'] as const).map((signer) => makeSnpEvidence({ product, signer })),
);
const milan = makeSnpEvidence();
const primitives = rememberSignatures(512);
const genuineReports = new Set(snp.map(({ report }) => hexOf(report)));

const { issuer, claims, tdxClaims, snpClaims } = createTokenWorld();
const genuineTokens = new Set([claims, tdxClaims, snpClaims].map((each) => issuer.sign(each)));
const trusted = {
  issuers: [issuer.trusted],
  getKeys: fixedIssuerKeys(issuer.certifiedJwks, { signatures: nodeTokenSignatures }),
  now: TEST_NOW,
};

/** Whole verifiers: what they accept must be what somebody signed. */
export const verifierTargets: readonly FuzzTarget[] = [
  {
    name: 'verify-report',
    form: 'bytes',
    seeds: snp.map(({ report }) => report),
    run: verifyAnyReport,
    isRefusal: isCoded,
  },
  {
    name: 'verify-report-chain',
    form: 'pem',
    seeds: snp.map(({ pem }) => bytesOf(pem)),
    run: (input) => verifyReport(milan.report, snpVerifyOptions(milan, { primitives, certificates: textOf(input) })),
    isRefusal: isCoded,
  },
  {
    name: 'verify-token',
    form: 'text',
    seeds: [...genuineTokens].map(bytesOf),
    run: async (input) => {
      const token = textOf(input);
      await verifyAttestationResult(token, trusted);
      if (!genuineTokens.has(token)) throw new Error('a token that nobody signed is accepted');
    },
    isRefusal: isCoded,
  },
];

/** With the chain of the evidence whose processor and signer it names: else the chain would be all that is ever wrong. */
function verifyAnyReport(report: Uint8Array): void {
  const alike = (known: Uint8Array) => [0x48, 0x188, 0x189].every((at) => known[at] === report[at]);
  const evidence = snp.find((made) => alike(made.report)) ?? milan;
  verifyReport(report, snpVerifyOptions(evidence, { primitives }));
  if (!genuineReports.has(hexOf(report))) throw new Error('a report that nobody signed is accepted');
}
