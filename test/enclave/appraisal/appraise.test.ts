import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { appraise, identify } from '../../../enclave/appraisal/appraise.js';
import { parsePolicy } from '../../../enclave/appraisal/loadPolicies.js';
import type { PolicyRequirements, ReferenceValues } from '../../../enclave/appraisal/policy.js';
import type {
  AttestationResult,
  IssuerVerdict,
  SnpDetails,
  TdxDetails,
} from '../../../enclave/results/attestationResult.js';

const policy = parsePolicy(JSON.parse(readFileSync('schema/policies/imaging.json', 'utf8')));
const now = 1_800_000_000;
const gateway = 'a1'.repeat(32);
const stranger = 'ff'.repeat(32);
const signer = '51'.repeat(32);
const referenceValues: ReferenceValues = {
  gateway: [{ measurement: 'a0'.repeat(32) }, { measurement: gateway }],
  attestation: [{ measurement: 'a2'.repeat(32) }],
  inference: [{ signer, productId: 3, minimumSecurityVersion: 5 }],
};
const good: AttestationResult = {
  id: 'r1',
  issuer: 'https://issuer',
  format: 'azure',
  issuedAt: now - 60,
  validFrom: now - 60,
  expiresAt: now + 3600,
  teeType: 'sgx',
  simulated: false,
  measurement: gateway,
  signer: undefined,
  productId: undefined,
  securityVersion: undefined,
  debug: false,
  tcbStatus: 'UpToDate',
  advisoryIds: undefined,
  tcbEvaluationDataNumber: undefined,
  reportData: '00'.repeat(64),
  configId: undefined,
  tdx: undefined,
  snp: undefined,
  initTimeData: undefined,
  issuerPolicyHashes: [],
  issuerVerdicts: [],
  complianceStatus: undefined,
  attestedIssuer: undefined,
  keys: [],
  token: 'a.b.c',
  claims: {},
};

describe('appraisal', () => {
  test('accepts an enclave that satisfies every claim, and says which one it is', () => {
    expect(appraise(good, policy, { referenceValues, now })).toEqual({
      accepted: true,
      failures: [],
      enclave: 'gateway',
    });
  });

  const rows: [string, Partial<AttestationResult>, string][] = [
    ['simulated evidence', { simulated: true }, 'simulated'],
    ['an unknown measurement', { measurement: stranger }, 'measurement'],
    ['an enclave that the policy does not name', { measurement: 'a2'.repeat(32) }, 'enclave'],
    ['a debug enclave', { debug: true }, 'debug'],
    ['an outdated TCB', { tcbStatus: 'OutOfDate' }, 'tcbStatus'],
    ['a result older than the policy allows', { issuedAt: now - 28_801 }, 'age'],
    ['a result at the second of its expiry', { expiresAt: now }, 'expiresAt'],
  ];
  test.each(rows)('rejects %s by that claim alone', (_, change, claim) => {
    const { accepted, failures } = appraise({ ...good, ...change }, policy, { referenceValues, now });
    expect(accepted).toBe(false);
    expect(failures.map((failure) => failure.claim)).toEqual([claim]);
  });

  test('rejects a TEE that the policy does not name', () => {
    const onlyTdx = { ...policy, teeTypes: ['tdx'] as const };
    const { failures } = appraise(good, onlyTdx, { referenceValues, now });
    expect(failures).toEqual([{ claim: 'teeType', expected: 'tdx', actual: 'sgx' }]);
  });

  test('lists every failed claim, not only the first', () => {
    const bad = rows.reduce<AttestationResult>((result, [, change]) => ({ ...result, ...change }), good);
    const { failures } = appraise({ ...bad, measurement: stranger }, policy, { referenceValues, now });
    expect(failures.map((failure) => failure.claim)).toEqual([
      'simulated',
      'measurement',
      'debug',
      'tcbStatus',
      'age',
      'expiresAt',
    ]);
  });

  test('accepts a result whose issuer states no TCB status', () => {
    expect(appraise({ ...good, tcbStatus: undefined }, policy, { referenceValues, now }).accepted).toBe(true);
  });

  test('accepts a result at the greatest age', () => {
    expect(appraise({ ...good, issuedAt: now - 28_800 }, policy, { referenceValues, now }).accepted).toBe(true);
  });

  test('rejects everybody where there are no reference values', () => {
    expect(appraise(good, policy, { referenceValues: {}, now }).accepted).toBe(false);
  });
});

const tdDetails: TdxDetails = {
  rtmrs: [0, 1, 2, 3].map((number) => `a${number}`.repeat(48)),
  mrSeam: '5e'.repeat(48),
  mrSignerSeam: '00'.repeat(48),
  mrConfigId: 'c0'.repeat(48),
  mrOwner: '00'.repeat(48),
  mrOwnerConfig: '00'.repeat(48),
  tdAttributes: '0000001000000000',
  seamAttributes: '00'.repeat(8),
  septVeDisable: true,
  mrServiceTd: '00'.repeat(48),
};
const td: AttestationResult = {
  ...good,
  teeType: 'tdx',
  measurement: '7d'.repeat(48),
  advisoryIds: [],
  tcbEvaluationDataNumber: 17,
  tdx: tdDetails,
};
const guestDetails: SnpDetails = {
  hostData: '40'.repeat(32),
  idKeyDigest: '1d'.repeat(48),
  authorKeyDigest: 'a0'.repeat(48),
  familyId: undefined,
  imageId: undefined,
  vmpl: 0,
  guestSvn: 2,
  smtAllowed: false,
  migrationAllowed: false,
  reportedTcb: { fmc: undefined, bootloader: 3, tee: 0, snp: 8, microcode: 115 },
  chipKind: 'Milan',
};
const guest: AttestationResult = {
  ...good,
  teeType: 'sev-snp',
  measurement: '5a'.repeat(48),
  tcbStatus: undefined,
  issuerPolicyHashes: ['hash'],
  complianceStatus: 'azure-compliant-cvm',
  attestedIssuer: true,
  snp: guestDetails,
};
const machines: ReferenceValues = {
  gateway: [{ measurement: td.measurement }, { measurement: guest.measurement }, { measurement: gateway }],
};
const claimsFailedBy = (result: AttestationResult, demands: PolicyRequirements) =>
  appraise(result, { ...policy, ...demands }, { referenceValues: machines, now }).failures.map(({ claim }) => claim);

/** Each demand, and results that it accepts and rejects; `without` is the result that does not state the claim. */
const demands: [string, PolicyRequirements, AttestationResult, AttestationResult[]][] = [
  ['tcbStatus', { requiresTcbStatus: true }, td, [{ ...td, tcbStatus: undefined }]],
  [
    'advisories',
    { acceptedAdvisories: ['INTEL-SA-00615'] },
    { ...td, tcbStatus: 'SWHardeningNeeded', advisoryIds: ['INTEL-SA-00615'] },
    [
      { ...td, tcbStatus: 'SWHardeningNeeded', advisoryIds: ['INTEL-SA-00615', 'INTEL-SA-00001'] },
      { ...td, tcbStatus: 'SWHardeningNeeded', advisoryIds: undefined },
      { ...td, tcbStatus: undefined, advisoryIds: undefined },
    ],
  ],
  [
    'tcbEvaluationDataNumber',
    { minimumTcbEvaluationDataNumber: 17 },
    td,
    [
      { ...td, tcbEvaluationDataNumber: 16 },
      { ...td, tcbEvaluationDataNumber: undefined },
    ],
  ],
  ['rtmr2', { tdx: { rtmrs: { 2: ['a2'.repeat(48)] } } }, td, tds({ rtmrs: ['', '', 'ff'] }, { rtmrs: [] })],
  ['mrSeam', { tdx: { mrSeam: ['5e'.repeat(48)] } }, td, tds({ mrSeam: 'ff' }, { mrSeam: undefined })],
  ['mrConfigId', { tdx: { mrConfigId: ['c0'.repeat(48)] } }, td, tds({ mrConfigId: undefined })],
  [
    'septVeDisable',
    { tdx: { requiresSeptVeDisable: true } },
    td,
    tds({ septVeDisable: false }, { septVeDisable: undefined }),
  ],
  [
    'mrServiceTd',
    { tdx: { requiresNoServiceTd: true } },
    td,
    tds({ mrServiceTd: '01'.padEnd(96, '0') }, { mrServiceTd: undefined }),
  ],
  ['hostData', { snp: { hostData: ['40'.repeat(32)] } }, guest, guests({ hostData: 'ff' }, { hostData: undefined })],
  ['idKeyDigest', { snp: { idKeyDigest: ['1d'.repeat(48)] } }, guest, guests({ idKeyDigest: undefined })],
  ['authorKeyDigest', { snp: { authorKeyDigest: ['a0'.repeat(48)] } }, guest, guests({ authorKeyDigest: undefined })],
  [
    'reportedTcb.microcode',
    { snp: { minimumTcb: { microcode: 115, tee: 0 } } },
    guest,
    guests({ reportedTcb: tcb(114) }, { reportedTcb: tcb(undefined) }),
  ],
  ['vmpl', { snp: { maximumVmpl: 0 } }, guest, guests({ vmpl: 1 }, { vmpl: undefined })],
  ['smtAllowed', { snp: { allowsSmt: false } }, guest, guests({ smtAllowed: true }, { smtAllowed: undefined })],
  [
    'migrationAllowed',
    { snp: { allowsMigration: false } },
    guest,
    guests({ migrationAllowed: true }, { migrationAllowed: undefined }),
  ],
  ['chipKind', { snp: { chipKinds: ['Milan'] } }, guest, guests({ chipKind: 'Rome' }, { chipKind: undefined })],
  [
    'issuerPolicyHash',
    { issuerPolicyHashes: ['other', 'hash'] },
    guest,
    [
      { ...guest, issuerPolicyHashes: ['unknown'] },
      { ...guest, issuerPolicyHashes: [] },
    ],
  ],
  [
    'complianceStatus',
    { complianceStatuses: ['azure-compliant-cvm'] },
    guest,
    [
      { ...guest, complianceStatus: 'x' },
      { ...guest, complianceStatus: undefined },
    ],
  ],
  [
    'attestedIssuer',
    { requiresAttestedIssuer: true },
    guest,
    [
      { ...guest, attestedIssuer: false },
      { ...guest, attestedIssuer: undefined },
    ],
  ],
];

function tds(...changes: Partial<TdxDetails>[]): AttestationResult[] {
  return changes.map((change) => ({ ...td, tdx: { ...tdDetails, ...change } }));
}

function guests(...changes: Partial<SnpDetails>[]): AttestationResult[] {
  return changes.map((change) => ({ ...guest, snp: { ...guestDetails, ...change } }));
}

function tcb(microcode: number | undefined) {
  return { fmc: undefined, bootloader: 3, tee: 0, snp: 8, microcode };
}

describe('what a policy demands besides', () => {
  test.each(demands)('%s: accepts what satisfies it', (_, demand, result) => {
    expect(claimsFailedBy(result, demand)).toEqual([]);
  });

  test.each(demands)(
    '%s: rejects what differs, and what is not stated, by that claim alone',
    (claim, demand, ...rest) => {
      for (const result of rest[1]) {
        expect(claimsFailedBy(result, {})).toEqual([]);
        expect(claimsFailedBy(result, demand)).toEqual([claim]);
      }
    },
  );

  test('of a TD fails where the result has no details of one', () => {
    expect(claimsFailedBy({ ...td, tdx: undefined }, { tdx: { requiresSeptVeDisable: true } })).toEqual([
      'septVeDisable',
    ]);
    expect(claimsFailedBy({ ...guest, snp: undefined }, { snp: { allowsSmt: false } })).toEqual(['smtAllowed']);
  });

  test('of one kind of TEE does not concern the others', () => {
    const ofAll = { tdx: { requiresNoServiceTd: true }, snp: { maximumVmpl: 0 } };
    expect(claimsFailedBy(good, ofAll)).toEqual([]);
    expect(claimsFailedBy(guest, { ...ofAll, minimumTcbEvaluationDataNumber: 99, acceptedAdvisories: [] })).toEqual([]);
  });

  test('accepts advisories of a platform that is up to date', () => {
    expect(claimsFailedBy({ ...td, advisoryIds: ['INTEL-SA-00001'] }, { acceptedAdvisories: [] })).toEqual([]);
  });

  test('names every failed demand together', () => {
    const all = demands.reduce<PolicyRequirements>(
      (sum, [, demand]) => ({
        ...sum,
        ...demand,
        snp: { ...sum.snp, ...demand.snp },
      }),
      {},
    );
    const unknown = { ...guest, issuerPolicyHashes: [], complianceStatus: undefined, attestedIssuer: undefined };
    const bare = { ...unknown, snp: undefined };
    expect(claimsFailedBy(bare, all)).toEqual([
      'hostData',
      'idKeyDigest',
      'authorKeyDigest',
      'reportedTcb.tee',
      'reportedTcb.microcode',
      'vmpl',
      'smtAllowed',
      'migrationAllowed',
      'chipKind',
      'issuerPolicyHash',
      'complianceStatus',
      'attestedIssuer',
    ]);
  });

  test('never turns a refusal into an acceptance', () => {
    const demand = fc.subarray(demands.map(([, one]) => one)).map((some) =>
      some.reduce<PolicyRequirements>(
        (sum, one) => ({
          ...sum,
          ...one,
          ...((sum.tdx ?? one.tdx) && { tdx: { ...sum.tdx, ...one.tdx } }),
          ...((sum.snp ?? one.snp) && { snp: { ...sum.snp, ...one.snp } }),
        }),
        {},
      ),
    );
    const result = fc
      .tuple(
        fc.constantFrom(good, td, guest, ...demands.flatMap(([, , accepted, rejected]) => [accepted, ...rejected])),
        fc.record(
          {
            debug: fc.boolean(),
            simulated: fc.boolean(),
            tcbStatus: fc.constantFrom('UpToDate', 'SWHardeningNeeded', 'OutOfDate', undefined),
            measurement: fc.constantFrom(stranger, gateway),
            advisoryIds: fc.constantFrom(undefined, [], ['INTEL-SA-00615'], ['INTEL-SA-00001']),
          },
          { requiredKeys: [] },
        ),
      )
      .map(([base, change]): AttestationResult => ({ ...base, ...change }));
    fc.assert(
      fc.property(result, demand, demand, (any, some, more) => {
        const before = claimsFailedBy(any, some);
        const merged = {
          ...some,
          ...more,
          ...((some.tdx ?? more.tdx) && { tdx: { ...some.tdx, ...more.tdx } }),
          ...((some.snp ?? more.snp) && { snp: { ...some.snp, ...more.snp } }),
        };
        const after = claimsFailedBy(any, merged);
        expect(after).toEqual(expect.arrayContaining(before));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the issuer’s own verdict', () => {
  const withVerdicts = (...statuses: IssuerVerdict['status'][]): AttestationResult => ({
    ...td,
    issuerVerdicts: statuses.map((status, index) => ({ part: `part${index}`, status })),
  });

  test('is accepted where it affirms every part', () => {
    expect(claimsFailedBy(withVerdicts('affirming', 'affirming'), {})).toEqual([]);
  });

  test.each(['warning', 'contraindicated', 'none'] as const)('is not accepted where it is %s of one part', (status) => {
    expect(claimsFailedBy(withVerdicts('affirming', status), {})).toEqual(['verdict on part1']);
  });
});

describe('identification', () => {
  test('tells builds with one measurement apart by registers and host data', () => {
    const values: ReferenceValues = {
      gateway: [{ measurement: td.measurement, rtmrs: { 1: 'a1'.repeat(48) } }],
      patient: [{ measurement: td.measurement, rtmrs: { 1: 'b1'.repeat(48) } }],
      inference: [{ measurement: guest.measurement, hostData: '40'.repeat(32) }],
    };
    expect(identify(td, values)).toBe('gateway');
    expect(identify(guest, values)).toBe('inference');
    expect(identify({ ...td, tdx: undefined }, values)).toBeUndefined();
    expect(identify({ ...guest, snp: undefined }, values)).toBeUndefined();
  });

  test('says which register differs where the measurement is right', () => {
    const values: ReferenceValues = { gateway: [{ measurement: td.measurement, rtmrs: { 1: 'b1'.repeat(48) } }] };
    expect(appraise(td, policy, { referenceValues: values, now }).failures).toEqual([
      { claim: 'rtmr1', expected: 'b1'.repeat(48), actual: 'a1'.repeat(48) },
    ]);
    expect(appraise({ ...td, tdx: undefined }, policy, { referenceValues: values, now }).failures).toEqual([
      { claim: 'rtmr1', expected: 'b1'.repeat(48), actual: 'not stated' },
    ]);
  });

  const signed = { ...good, measurement: stranger, signer, productId: 3, securityVersion: 5 };

  test('recognises an enclave by its signer, product and security version', () => {
    expect(identify(signed, referenceValues)).toBe('inference');
    expect(identify({ ...signed, securityVersion: 6 }, referenceValues)).toBe('inference');
  });

  test.each<[string, Partial<AttestationResult>]>([
    ['another signer', { signer: '52'.repeat(32) }],
    ['another product of the signer', { productId: 4 }],
    ['a security version below the minimum', { securityVersion: 4 }],
    ['no security version', { securityVersion: undefined }],
    ['no signer', { signer: undefined }],
  ])('does not recognise %s', (_, change) => {
    expect(identify({ ...signed, ...change }, referenceValues)).toBeUndefined();
  });

  test('does not take a name of Object.prototype for an enclave', () => {
    expect(identify({ ...good, measurement: 'constructor' }, referenceValues)).toBeUndefined();
  });
});
