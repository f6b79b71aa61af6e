import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { writePem } from '../../../../enclave/asn1/pem.js';
import { fixedIssuerKeys } from '../../../../enclave/results/issuerKeys.js';
import { verifyAttestationResult } from '../../../../enclave/results/verifyResult.js';
import type { Collateral } from '../../../../enclave/verification/dcap/collateral.js';
import type { TrustRoot } from '../../../../enclave/verification/trustRoot.js';
import { trustRoot } from '../../../../enclave/verification/trustRoot.js';
import { VENDOR_ROOTS } from '../../../../enclave/verification/vendorRoots.js';
import type { CollateralRequest } from '../../../../runtime/collateral/request.js';
import type { CollateralSource } from '../../../../runtime/collateral/source.js';
import { createCollateralCache } from '../../../../runtime/collateral/cache.js';
import { silentLog } from '../../../../runtime/log.js';
import type { AttestOptions } from '../../../../subgraphs/attestation/service/attest.js';
import { createAttest } from '../../../../subgraphs/attestation/service/attest.js';
import type { EvidenceKind } from '../../../../subgraphs/attestation/service/attestRequest.js';
import { parseAttestRequest } from '../../../../subgraphs/attestation/service/attestRequest.js';
import { certificatesDocument } from '../../../../subgraphs/attestation/service/discovery.js';
import { createPolicies } from '../../../../subgraphs/attestation/service/policies.js';
import { memoryPolicyStore } from '../../../../subgraphs/attestation/service/policyStore.js';
import { createSigningKey, readSigningKey } from '../../../../subgraphs/attestation/service/signingKey.js';
import { fixedSigningKey } from '../../../../subgraphs/attestation/service/signingKeys.js';
import type { EvidenceChange, Form } from '../../../support/dcapKit/evidence.js';
import { makeEvidence } from '../../../support/dcapKit/evidence.js';
import { createTestAuthority } from '../../../support/dcapKit/testAuthority.js';
import { policyPayload, trialJws, trialSigner } from '../../../support/policySigner.js';
import { refusalOf } from '../../../support/refusals.js';
import { describeWithShared, sharedPath } from '../../../support/shared.js';
import { makeSnpEvidence, SNP_NOW } from '../../../support/snpEvidence.js';

const NOW = SNP_NOW;
const ISSUER = 'https://attestation.test';
const authority = createTestAuthority(NOW);
const testRoot = trustRoot({ name: 'test', simulated: true, pem: authority.certificate('root') });
const snp = makeSnpEvidence();
const vlek = makeSnpEvidence({ signer: 'vlek', report: { version: 3 } });
const keys = fixedSigningKey(readSigningKey(createSigningKey({ issuer: ISSUER, now: NOW })));
const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url');
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

interface World {
  readonly now?: number;
  readonly roots?: readonly TrustRoot[];
  readonly dcap?: Collateral;
  readonly policy?: Partial<Record<EvidenceKind, string>>;
  readonly signed?: boolean;
}

interface Posted extends Record<string, unknown> {
  readonly draftPolicyForAttestation?: string;
}

/** What the service answers to this body, decoded. */
async function attest(kind: EvidenceKind, body: Posted, world: World = {}) {
  const now = () => world.now ?? NOW;
  const asked: CollateralRequest['kind'][] = [];
  const answer = <T>(request: CollateralRequest, value: T | undefined) => {
    asked.push(request.kind);
    return Promise.resolve(value);
  };
  const source: CollateralSource = {
    name: 'test',
    dcap: (request) => answer(request, world.dcap),
    sevSnp: (request) => {
      const { certificates, revocationList } = request.endorsement === 'vlek' ? vlek : snp;
      const chain = certificates.slice(1).map((certificate) => writePem(certificate));
      return answer(request, { chain: chain.join(''), crl: Buffer.from(revocationList).toString('hex') });
    },
    vcek: (request) => answer(request, { certificate: writePem(snp.certificates[0]) }),
  };
  const policies = createPolicies({ mode: 'aad', store: memoryPolicyStore(), now });
  for (const [type, text] of Object.entries(world.policy ?? {})) {
    const signer = world.signed === true ? trialSigner(NOW) : undefined;
    policies.set(type as EvidenceKind, trialJws(policyPayload(text), signer));
  }
  const options: AttestOptions = {
    issuer: ISSUER,
    keys,
    policies,
    trustRoots: world.roots ?? [testRoot, snp.trustRoot],
    collateral: createCollateralCache({ source, now, random: () => 0, log: silentLog }),
    now,
    randomBytes,
  };
  const { token } = await createAttest(options)(parseAttestRequest(kind, JSON.stringify(body)));
  const [header, payload, signature] = token.split('.');
  const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  return { token, header: decode(header), claims: decode(payload), signature, asked };
}

const issuers = [{ issuer: ISSUER, jwksUri: `${ISSUER}/certs` }];
const verify = (token: string, now = NOW) =>
  verifyAttestationResult(token, { issuers, getKeys: fixedIssuerKeys(certificatesDocument(keys)), now: now / 1000 });

function dcapOf(form: Form, change: EvidenceChange = {}) {
  const { quote, collateral } = makeEvidence(authority, form, NOW, change);
  return { body: { quote: base64url(quote) }, world: { dcap: collateral } };
}

const permitAll = 'version=1.0; authorizationrules{=> permit();}; issuancerules';

describe('evidence of an SGX enclave', () => {
  test.each(['sgx-v3', 'sgx-v4', 'sgx-v5'] as const)('gives a result (%s)', async (form) => {
    const { body, world } = dcapOf(form);
    const { token, claims } = await attest('SgxEnclave', body, world);
    expect(await verify(token)).toMatchObject({ teeType: 'sgx', measurement: 'e1'.repeat(32), simulated: true });
    expect(claims).not.toHaveProperty('x-ms-sgx-config-id');
  });

  test('has four more claims with key separation and sharing', async () => {
    const fields = { flags: 0x85, configId: 'c0'.repeat(64), configSvn: 7, familyId: 'fa'.repeat(16) };
    const { body, world } = dcapOf('sgx-v3', { sgx: fields });
    expect((await attest('SgxEnclave', body, world)).claims).toMatchObject({
      'x-ms-sgx-config-id': 'c0'.repeat(64),
      'x-ms-sgx-config-svn': 7,
      'x-ms-sgx-isv-extended-product-id': '00'.repeat(16),
      'x-ms-sgx-isv-family-id': 'fa'.repeat(16),
    });
  });

  test('says which advisories concern its platform', async () => {
    const { body, world } = dcapOf('sgx-v3');
    expect((await attest('SgxEnclave', body, world)).claims).toMatchObject({
      'x-cloister-advisory-ids': expect.any(Array),
      'x-cloister-tcb-evaluation-data-number': expect.any(Number),
      'x-cloister-tcb-status': 'UpToDate',
    });
  });

  test('is refused as that of a TD', async () => {
    const { body, world } = dcapOf('sgx-v4');
    expect(await refusalOf(() => attest('TdxVm', body, world))).toBe('EVIDENCE_MALFORMED');
  });

  test('cannot be told without collateral', async () => {
    expect(await refusalOf(() => attest('SgxEnclave', dcapOf('sgx-v3').body))).toBe('COLLATERAL_UNAVAILABLE');
  });
});

describe('evidence of a TD', () => {
  test.each(['tdx-v4', 'tdx10-v5', 'tdx15-v5'] as const)('gives a result (%s)', async (form) => {
    // SEPT_VE_DISABLE, protection keys, key locker and PERFMON.
    const { body, world } = dcapOf(form, { td: { mrTd: '7d'.repeat(48), tdAttributes: '000000d000000080' } });
    const { token, claims } = await attest('TdxVm', body, world);
    expect(await verify(token)).toMatchObject({ teeType: 'tdx', measurement: '7d'.repeat(48), debug: false });
    expect(claims).toMatchObject({
      attester_tcb_status: 'UpToDate',
      dbgstat: 'disabled',
      eat_profile: 'https://aka.ms/maa-eat-profile-tdxvm',
      intuse: 'generic',
      tdx_seamsvn: 5,
      tdx_td_attributes: '000000d000000080',
      tdx_td_attributes_key_locker: true,
      tdx_td_attributes_perfmon: true,
      tdx_td_attributes_protection_keys: true,
      tdx_td_attributes_septve_disable: true,
      'x-ms-attestation-type': 'tdxvm',
    });
    expect(claims).not.toHaveProperty('x-ms-sgx-collateral');
    expect(Object.keys(claims)).toEqual(Object.keys(claims).sort());
  });

  test('says so where it can be debugged', async () => {
    const { body, world } = dcapOf('tdx-v4', { td: { tdAttributes: '0100000000000000' } });
    const { claims, token } = await attest('TdxVm', body, world);
    expect(claims).toMatchObject({ dbgstat: 'enabled', tdx_td_attributes_debug: true });
    expect((await verify(token)).debug).toBe(true);
  });

  test('takes no draft policy and no init-time data, for which the protocol has no place', async () => {
    const { body, world } = dcapOf('tdx-v4');
    const draft = { ...body, draftPolicyForAttestation: `${permitAll}{};` };
    expect(await refusalOf(() => attest('TdxVm', draft, world))).toBe('BAD_INPUT');
    const held = { ...body, initTimeData: { data: base64url('x'), dataType: 'Binary' } };
    expect(await refusalOf(() => attest('TdxVm', held, world))).toBe('BAD_INPUT');
  });
});

describe('evidence of an SEV-SNP guest', () => {
  const envelope = (fields: object) => ({ report: base64url(JSON.stringify(fields)) });
  const SnpReport = base64url(snp.report);
  const VcekCertChain = base64url(snp.pem);

  test('gives a result', async () => {
    const { token, claims, asked } = await attest('SevSnpVm', envelope({ SnpReport, VcekCertChain, Endorsements: '' }));
    expect(await verify(token)).toMatchObject({ teeType: 'sev-snp', debug: false });
    expect(claims).toMatchObject({
      'x-ms-attestation-type': 'sevsnpvm',
      'x-ms-sevsnpvm-bootloader-svn': 3,
      'x-ms-sevsnpvm-tee-svn': 1,
      'x-ms-sevsnpvm-snpfw-svn': 8,
      'x-ms-sevsnpvm-microcode-svn': 0xd1,
      'x-ms-sevsnpvm-is-debuggable': false,
      'x-ms-sevsnpvm-reportdata': expect.stringMatching(/^[0-9a-f]{128}$/),
      'x-ms-sevsnpvm-vmpl': expect.any(Number),
    });
    expect(claims).not.toHaveProperty('x-cloister-tcb-status');
    expect(asked).toEqual(['sev-snp']);
  });

  test('gives a result without certificates, which the vendor has', async () => {
    const withCpu = makeSnpEvidence({ report: { version: 3 } });
    const { asked } = await attest('SevSnpVm', envelope({ SnpReport: base64url(withCpu.report) }));
    expect(asked).toEqual(['sev-snp', 'vcek']);
  });

  test('binds init-time data to its host data', async () => {
    const data = Buffer.from('{"policy":"none"}');
    const bound = makeSnpEvidence({ report: { hostData: digestOf(data).toString('hex') } });
    const body = envelope({ SnpReport: base64url(bound.report), VcekCertChain });
    const initTimeData = { data: base64url(data), dataType: 'JSON' };
    const { claims } = await attest('SevSnpVm', { ...body, initTimeData });
    expect(claims['x-ms-inittime']).toEqual({ policy: 'none' });
    const other = { ...body, initTimeData: { data: base64url('{}'), dataType: 'JSON' } };
    expect(await refusalOf(() => attest('SevSnpVm', other))).toBe('EVIDENCE_BINDING_MISMATCH');
  });

  test.each([
    ['is not JSON', { report: base64url('x') }, 'EVIDENCE_MALFORMED'],
    ['is a list', { report: base64url('[]') }, 'EVIDENCE_MALFORMED'],
    ['has no report', envelope({ VcekCertChain }), 'EVIDENCE_MALFORMED'],
    [
      'has a report that is too short',
      envelope({ SnpReport: SnpReport.slice(4), VcekCertChain }),
      'EVIDENCE_MALFORMED',
    ],
    ['has a chain of something else', envelope({ SnpReport, VcekCertChain: 'AAAA' }), 'EVIDENCE_CHAIN_INVALID'],
  ])('is refused where the envelope %s', async (_, body, code) => {
    expect(await refusalOf(() => attest('SevSnpVm', body))).toBe(code);
  });

  test('is refused where neither certificates nor the processor are known', async () => {
    const old = makeSnpEvidence({ report: { version: 2 } });
    const body = envelope({ SnpReport: base64url(old.report) });
    expect(await refusalOf(() => attest('SevSnpVm', body))).toBe('EVIDENCE_CHAIN_INVALID');
  });

  test('is refused where a VLEK signed it and its certificate did not come', async () => {
    const body = envelope({ SnpReport: base64url(vlek.report) });
    expect(await refusalOf(() => attest('SevSnpVm', body))).toBe('EVIDENCE_CHAIN_INVALID');
  });

  test('is refused from another vendor', async () => {
    const body = envelope({ SnpReport, VcekCertChain });
    expect(await refusalOf(() => attest('SevSnpVm', body, { roots: [testRoot] }))).toBe('EVIDENCE_ROOT_UNTRUSTED');
  });
});

describe('init-time data of an SGX enclave', () => {
  const data = Buffer.from('{"b":1,"a":[true]}');
  const initTimeData = { data: base64url(data), dataType: 'JSON' };
  const configId = digestOf(data).toString('hex').padEnd(128, '0');

  test('is a claim where config_id vouches for it', async () => {
    const { body, world } = dcapOf('sgx-v3', { sgx: { flags: 0x85, configId } });
    const { claims } = await attest('SgxEnclave', { ...body, initTimeData }, world);
    expect(JSON.stringify(claims['x-ms-inittime'])).toBe('{"a":[true],"b":1}');
  });

  test.each([
    ['config_id vouches for something else', 'EVIDENCE_BINDING_MISMATCH', { flags: 0x85, configId: '11'.repeat(64) }],
    ['the enclave has no config_id', 'BAD_INPUT', { flags: 0x05, configId }],
  ])('is refused where %s', async (_, code, sgx) => {
    const { body, world } = dcapOf('sgx-v3', { sgx });
    expect(await refusalOf(() => attest('SgxEnclave', { ...body, initTimeData }, world))).toBe(code);
  });
});

describe('the policy in force', () => {
  const { body, world } = dcapOf('sgx-v3');
  const withPolicy = (text: string, more: World = {}) =>
    attest('SgxEnclave', body, { ...world, policy: { SgxEnclave: text }, ...more });

  test('issues claims at top level and in x-ms-policy, and is named by its hash', async () => {
    const text = `${permitAll}{ c:[type=="x-ms-sgx-svn"] => issue(type="svn-of-it", value=c.value); => issue(type="site", value="A"); };`;
    const { claims } = await withPolicy(text);
    expect(claims).toMatchObject({ 'svn-of-it': 3, site: 'A', 'x-ms-policy': { 'svn-of-it': 3, site: 'A' } });
    expect(claims['x-ms-policy-hash']).toBe(digestOf(Buffer.from(base64url(text))).toString('base64url'));
    expect(claims).not.toHaveProperty('sgx-mrenclave');
    expect(claims).not.toHaveProperty('x-ms-policy-signer');
  });

  test('names its signer', async () => {
    expect((await withPolicy(`${permitAll}{};`, { signed: true })).claims['x-ms-policy-signer']).toMatchObject({
      alg: 'RS256',
      kty: 'RSA',
    });
  });

  test('issues a list where several claims have one name', async () => {
    const { claims } = await withPolicy(`${permitAll}{ => issue(type="n", value=1); => issue(type="n", value=2); };`);
    expect(claims.n).toEqual([1, 2]);
  });

  test.each(['iss', 'exp', 'x-ms-runtime', 'x-ms-sgx-is-debuggable', 'x-cloister-simulated', 'tdx_mrtd', 'x-ms-ver'])(
    'cannot make the service say %s',
    async (name) => {
      const plain = (await attest('SgxEnclave', body, world)).claims;
      const { claims } = await withPolicy(`${permitAll}{ => issue(type="${name}", value="forged"); };`);
      expect(claims['x-ms-policy']).toEqual({ [name]: 'forged' });
      expect(claims[name]).toEqual(plain[name]);
    },
  );

  test.each([
    ['permits nothing', 'version=1.0; authorizationrules{}; issuancerules{};', /No Permit claim was issued/],
    ['denies', 'version=1.0; authorizationrules{=> deny();}; issuancerules{};', /A Deny claim was issued/],
  ])('that %s refuses in the words of Azure', async (_, text, message) => {
    await expect(withPolicy(text)).rejects.toMatchObject({ code: 'POLICY_DENIED', azureCode: 'PolicyEvaluationError' });
    await expect(withPolicy(text)).rejects.toThrow(/^Policy Evaluation Error has occurred {4}Msg:\[Policy Engine Exc/);
    await expect(withPolicy(text)).rejects.toThrow(message);
  });

  test('says which claim stands in the way', async () => {
    const text =
      'version=1.0; authorizationrules{[type=="x-ms-sgx-is-debuggable", value==true] => permit();}; issuancerules{};';
    await expect(withPolicy(text)).rejects.toMatchObject({
      failures: [{ claim: 'x-ms-sgx-is-debuggable', actual: expect.stringContaining('false') }],
    });
  });

  test('is that of the kind of evidence', async () => {
    const denied = { SevSnpVm: 'version=1.0; authorizationrules{=> deny();}; issuancerules{};' };
    expect((await attest('SgxEnclave', body, { ...world, policy: denied })).claims['sgx-mrenclave']).toBeDefined();
  });

  test('can demand how new the collateral is', async () => {
    const { claims } = await withPolicy(`${permitAll}{};`);
    const number = Number(claims['x-cloister-tcb-evaluation-data-number']);
    const demanding = (identifier: string) =>
      `version=1.1; configurationrules{=> issueproperty(type="x-ms-sgx-tcbidentifier", value="${identifier}");}; ` +
      'authorizationrules{=> permit();}; issuancerules{};';
    for (const identifier of ['azuredefault', String(number)])
      expect((await withPolicy(demanding(identifier))).claims.iss).toBe(ISSUER);
    expect(await refusalOf(() => withPolicy(demanding(String(number + 1))))).toBe('EVIDENCE_TCB_INVALID');
    expect(await refusalOf(() => withPolicy(demanding('soon')))).toBe('BAD_INPUT');
  });
});

describe('a draft policy', () => {
  const { body, world } = dcapOf('sgx-v3');
  const draft = `${permitAll}{ => issue(type="draft", value=true); };`;

  test.each([
    ['as text', draft],
    ['as an unsigned token', trialJws(policyPayload(draft))],
    ['as a signed token', trialJws(policyPayload(draft), trialSigner(NOW))],
  ])('gives a token that nobody signed (%s)', async (_, draftPolicyForAttestation) => {
    const { token, header, claims, signature } = await attest(
      'SgxEnclave',
      { ...body, draftPolicyForAttestation },
      { ...world, policy: { SgxEnclave: 'version=1.0; authorizationrules{=> deny();}; issuancerules{};' } },
    );
    expect(header).toEqual({ alg: 'none', jku: `${ISSUER}/certs`, kid: keys.current().keyId, typ: 'JWT' });
    expect(signature).toBe('');
    expect(claims).toMatchObject({ draft: true, 'x-ms-policy': { draft: true } });
    expect(claims).not.toHaveProperty('x-ms-policy-signer');
    expect(await refusalOf(() => verify(token))).toBe('RESULT_SIGNATURE_INVALID');
  });

  test('does not spare the evidence its verification', async () => {
    const quote = Buffer.from(body.quote, 'base64url');
    quote[112] = (quote[112] ?? 0) ^ 1;
    const forged = { quote: base64url(quote), draftPolicyForAttestation: draft };
    expect(await refusalOf(() => attest('SgxEnclave', forged, world))).toBe('EVIDENCE_SIGNATURE_INVALID');
  });

  test('may take less work than a policy that somebody has set', async () => {
    // Every pair of claims, 150 times over.
    const all = '[issuer=="AttestationService"]';
    const rule = `c:${all} && d:${all} && [type=="none"] => deny();`;
    const costly = `version=1.0; authorizationrules{ ${rule.repeat(150)} => permit(); }; issuancerules{};`;
    expect(await refusalOf(() => attest('SgxEnclave', body, { ...world, policy: { SgxEnclave: costly } }))).toBe(
      'not refused',
    );
    const asked = attest('SgxEnclave', { ...body, draftPolicyForAttestation: costly }, world);
    await expect(asked).rejects.toMatchObject({ code: 'BAD_INPUT', azureCode: 'PolicyEvaluationError' });
    await expect(asked).rejects.toThrow(/more than 50000 steps/);
  });

  test('that nobody can read is refused with line and column', async () => {
    const asked = attest('SgxEnclave', { ...body, draftPolicyForAttestation: 'version=1.0;\n[' }, world);
    await expect(asked).rejects.toMatchObject({ code: 'POLICY_SYNTAX_INVALID' });
    await expect(asked).rejects.toThrow(/Line: '2'/);
  });
});

interface DcapVector {
  readonly at: string;
  readonly quote: string;
  readonly collateral: Collateral;
}

describeWithShared('real quotes of TDX machines', 'vectors/dcap-real', () => {
  test.each(['tdx-v4-c42f916432-2025-06-uptodate', 'tdx-v5-d0010db6f7-2026-02-outofdate'])('%s', async (name) => {
    const vector = JSON.parse(readFileSync(sharedPath(`vectors/dcap-real/${name}.json`), 'utf8')) as DcapVector;
    const now = Date.parse(vector.at);
    const { token, claims } = await attest(
      'TdxVm',
      { quote: base64url(Buffer.from(vector.quote, 'base64')) },
      { now, roots: [VENDOR_ROOTS['intel-sgx-root']], dcap: vector.collateral },
    );
    expect(await refusalOf(() => verify(token, now))).toBe(
      // The signing key of this test is made for another day.
      now < NOW ? 'RESULT_SIGNATURE_INVALID' : 'not refused',
    );
    expect(claims).toMatchObject({
      attester_tcb_status: name.endsWith('uptodate') ? 'UpToDate' : 'OutOfDate',
      'x-ms-attestation-type': 'tdxvm',
    });
    expect(claims).not.toHaveProperty('x-cloister-simulated');
  });
});
