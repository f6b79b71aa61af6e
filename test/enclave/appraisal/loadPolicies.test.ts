import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { applyOverlay, parseOverlay, parsePolicy } from '../../../enclave/appraisal/loadPolicies.js';

const read = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(`schema/policies/${file}`, 'utf8')) as Record<string, unknown>;
const imaging = read('imaging.json');
const overlay = parseOverlay(read('development.overlay.json'));
const refused = expect.objectContaining({ code: 'CONFIGURATION_INVALID' });

describe('a policy document', () => {
  test.each(readdirSync('schema/policies').filter((file) => !/overlay|callers/.test(file)))('%s is one', (file) => {
    expect(parsePolicy(read(file))).toMatchObject({
      name: file.replace('.json', ''),
      acceptsSimulated: false,
      notice: null,
    });
  });

  test.each([
    ['a misspelt field', { acceptDebug: true }, /acceptDebug is not known/],
    ['an unknown TEE', { teeTypes: ['trustzone'] }, /teeTypes must be a list of/],
    ['an age of zero', { maximumAgeSeconds: 0 }, /maximumAgeSeconds must be a whole number from 1/],
    ['an age as text', { maximumAgeSeconds: '60' }, /maximumAgeSeconds/],
    ['true as a text', { acceptsDebug: 'false' }, /acceptsDebug must be true or false/],
    ['a name with a slash', { name: '../imaging' }, /name must be lower-case/],
    ['simulated evidence in a published policy', { acceptsSimulated: true }, /acceptsSimulated must be false/],
    ['a local channel in a published policy', { recipientChannels: ['local'] }, /must not name local/],
    ['a notice in a published policy', { notice: 'x' }, /notice must be null/],
  ])('rejects %s', (_, change, message) => {
    expect(() => parsePolicy({ ...imaging, ...change })).toThrow(refused);
    expect(() => parsePolicy({ ...imaging, ...change })).toThrow(message);
  });

  const requirements = {
    requiresTcbStatus: true,
    acceptedAdvisories: ['INTEL-SA-00615'],
    minimumTcbEvaluationDataNumber: 17,
    tdx: {
      rtmrs: { 1: ['a1'.repeat(48)], 2: ['a2'.repeat(48), 'a3'.repeat(48)] },
      mrSeam: ['5e'.repeat(48)],
      mrSignerSeam: ['00'.repeat(48)],
      mrConfigId: ['c0'.repeat(48)],
      mrOwner: ['00'.repeat(48)],
      mrOwnerConfig: ['00'.repeat(48)],
      requiresSeptVeDisable: true,
      requiresNoServiceTd: true,
    },
    snp: {
      hostData: ['40'.repeat(32)],
      idKeyDigest: ['1d'.repeat(48)],
      authorKeyDigest: ['a0'.repeat(48)],
      minimumTcb: { bootloader: 3, tee: 0, snp: 8, microcode: 115 },
      maximumVmpl: 0,
      allowsSmt: false,
      allowsMigration: false,
      chipKinds: ['Milan', 'Genoa'],
    },
    issuerPolicyHashes: ['hash'],
    complianceStatuses: ['azure-compliant-cvm'],
    requiresAttestedIssuer: true,
  };

  test('may demand more', () => {
    expect(parsePolicy({ ...imaging, ...requirements })).toMatchObject(requirements);
    expect(Object.keys(parsePolicy(imaging))).not.toContain('tdx');
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['a requirement as text', { requiresTcbStatus: 'true' }, /requiresTcbStatus must be true or false/],
    ['advisories as text', { acceptedAdvisories: 'INTEL-SA-00615' }, /acceptedAdvisories must be a list/],
    ['a number of zero', { minimumTcbEvaluationDataNumber: 0 }, /minimumTcbEvaluationDataNumber/],
    ['a misspelt requirement of a TD', { tdx: { rtmr: {} } }, /tdx\.rtmr is not known/],
    ['a fifth register', { tdx: { rtmrs: { 4: ['a1'.repeat(48)] } } }, /tdx\.rtmrs\.4 is not known/],
    ['a register that is too short', { tdx: { rtmrs: { 1: ['a1'] } } }, /tdx\.rtmrs\.1 must hold texts of 96/],
    ['a register in capitals', { tdx: { mrSeam: ['5E'.repeat(48)] } }, /tdx\.mrSeam must hold texts of 96/],
    ['values of which there are none', { snp: { hostData: [] } }, /snp\.hostData must not be empty/],
    ['a TCB part that no chip has', { snp: { minimumTcb: { kernel: 1 } } }, /snp\.minimumTcb\.kernel is not known/],
    ['a level below zero', { snp: { maximumVmpl: -1 } }, /snp\.maximumVmpl/],
    ['a list for an object', { snp: [] }, /snp must be an object/],
    ['no policy hash at all', { issuerPolicyHashes: [] }, /issuerPolicyHashes must not be empty/],
  ])('rejects %s', (_, change, message) => {
    expect(() => parsePolicy({ ...imaging, ...change })).toThrow(refused);
    expect(() => parsePolicy({ ...imaging, ...change })).toThrow(message);
  });

  test('keeps its requirements in development', () => {
    expect(applyOverlay(parsePolicy({ ...imaging, ...requirements }), overlay)).toMatchObject(requirements);
  });

  test('reports missing fields together', () => {
    expect(() => parsePolicy({ name: 'x' })).toThrow(/description.*enclaves.*teeTypes.*notice/);
  });

  test.each([[null], [[]], ['text'], [1]])('is not %j', (json) => {
    expect(() => parsePolicy(json)).toThrow(refused);
  });
});

describe('the development overlay', () => {
  test('lets in simulated enclaves and local channels, and says so', () => {
    const policy = applyOverlay(parsePolicy(imaging), overlay);
    expect(policy).toMatchObject({ name: 'imaging', acceptsSimulated: true, recipientChannels: ['sealed', 'local'] });
    expect(policy.notice).toMatch(/development only/);
    expect(policy.acceptsDebug).toBe(false);
  });

  test('opens no policy to people that has none', () => {
    expect(applyOverlay(parsePolicy(read('component.json')), overlay).recipientChannels).toEqual([]);
  });

  test.each([
    ['an unknown field', { acceptsDebug: true }],
    ['another mode', { overlay: 'production' }],
    ['an empty notice', { notice: '' }],
  ])('is rejected with %s', (_, change) => {
    expect(() => parseOverlay({ ...read('development.overlay.json'), ...change })).toThrow(refused);
  });
});
