import { X509Certificate, createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { addressesOf, enclaveNames } from '../../../deploy/local/addresses.js';
import { parseLocalConfig } from '../../../deploy/local/config.js';
import { openDataFolder } from '../../../deploy/local/dataFolder.js';
import { setUp } from '../../../deploy/local/setup.js';
import { parseTrustFile } from '../../../enclave/appraisal/trustFile.js';
import { MEASURED, measureProcess } from '../../../runtime/measuredFiles.js';
import { parsePortalConfig } from '../../../web/config/portalConfig.js';
import { checkout } from '../../support/shared.js';

const now = Date.UTC(2026, 0, 15);
const day = 86_400_000;
const addresses = addressesOf(parseLocalConfig([], {}).ports);
// A build of this checkout in small: measuring needs no more than that the measured files exist.
const root = mkdtempSync(join(tmpdir(), 'cloister-build-'));
let folder: string;

beforeAll(() => {
  cpSync(join(checkout, 'schema'), join(root, 'schema'), { recursive: true });
  for (const path of new Set(Object.values(MEASURED).flat())) {
    if (existsSync(join(root, path))) continue;
    if (path.endsWith('.json')) writeFileSync(join(root, path), '{}');
    else {
      mkdirSync(join(root, path), { recursive: true });
      writeFileSync(join(root, path, 'index.js'), `// ${path}`);
    }
  }
});
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'cloister-data-')), 'data');
});

const prepare = async (at = now) => {
  const files = openDataFolder(folder);
  await setUp({ root, files, addresses, now: at });
  return files;
};

describe('setting up a data folder', () => {
  test('makes keys that only their owner can read', async () => {
    const files = await prepare();
    for (const path of [files.patientDataKey, files.attestationServiceKey, join(files.insecurePlatform, 'pck-key.pem')])
      expect(statSync(path).mode & 0o077).toBe(0);
    expect(readFileSync(files.patientDataKey).byteLength).toBe(32);
    expect(statSync(folder).mode & 0o077).toBe(0);
  });

  test('writes a trust file that pins this attestation service and the measurement of each enclave', async () => {
    const files = await prepare();
    const trust = parseTrustFile(JSON.parse(readFileSync(files.trust, 'utf8')));
    const certificate = new X509Certificate(readFileSync(files.attestationServiceCertificate));
    expect(trust.mode).toBe('development');
    expect(trust.issuers).toEqual([
      {
        issuer: 'http://localhost:4001',
        jwksUri: 'http://localhost:4001/certs',
        certificateSha256: [createHash('sha256').update(certificate.raw).digest('hex')],
      },
    ]);
    for (const name of enclaveNames)
      expect(trust.referenceValues[name]).toEqual([{ measurement: await measureProcess(name, root) }]);
    expect(certificate.subject).toContain('INSECURE');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  test("writes a configuration that the portal accepts, with the gateway's measurement only", async () => {
    const files = await prepare();
    const config = parsePortalConfig(JSON.parse(readFileSync(files.portalConfig, 'utf8')));
    expect(config.gateway).toBe('http://localhost:4000');
    expect(Object.keys(config.referenceValues)).toEqual(['gateway']);
    expect(config.notice).toContain('Simulated enclaves');
    expect(config.policy).toMatchObject({ name: 'patient-record', acceptsSimulated: true });
  });

  test('a second time keeps every key, and renews what follows the clock', async () => {
    const files = await prepare();
    const kept = [
      files.patientDataKey,
      files.attestationServiceKey,
      files.attestationServiceCertificate,
      join(files.insecurePlatform, 'root.pem'),
      files.trust,
    ];
    const before = kept.map((path) => readFileSync(path, 'hex'));
    const collateral = readFileSync(join(files.insecurePlatform, 'collateral.json'), 'utf8');
    await prepare(now + 90 * day);
    expect(kept.map((path) => readFileSync(path, 'hex'))).toEqual(before);
    expect(readFileSync(join(files.insecurePlatform, 'collateral.json'), 'utf8')).not.toBe(collateral);
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  test('makes another certificate when the old one has run out', async () => {
    const files = await prepare();
    const before = readFileSync(files.attestationServiceCertificate, 'utf8');
    await prepare(now + 11 * 365 * day);
    expect(readFileSync(files.attestationServiceCertificate, 'utf8')).not.toBe(before);
  });
});

describe('a data folder that is damaged is refused with one sentence that says what to do', () => {
  test.each([
    [
      'is some other folder',
      () => {
        rmSync(join(folder, 'format'));
      },
      /not a data folder .*--data/,
    ],
    [
      'comes from another version',
      () => {
        writeFileSync(join(folder, 'format'), 'cloister-data 99\n');
      },
      /not a data folder of this version/,
    ],
    [
      'has a patient key of the wrong length',
      () => {
        writeFileSync(join(folder, 'keys/patient-data.key'), 'short');
      },
      /5 bytes instead of 32.*backup/,
    ],
    [
      'has records and no key for them',
      () => {
        rmSync(join(folder, 'keys/patient-data.key'));
        mkdirSync(join(folder, 'patient'));
      },
      /nothing else opens the records/,
    ],
    [
      'has a signing key that is no key',
      () => {
        writeFileSync(join(folder, 'keys/attestation-service.pem'), 'x');
      },
      /attestation-service\.pem is damaged/,
    ],
    [
      'has a certificate that is no certificate',
      () => {
        writeFileSync(join(folder, 'keys/attestation-service.crt'), 'x');
      },
      /attestation-service\.crt is damaged/,
    ],
    [
      'lacks a part of the simulated platform',
      () => {
        rmSync(join(folder, 'insecure-platform/pck-key.pem'));
      },
      /pck-key\.pem is missing/,
    ],
    [
      'has platform keys that cannot be read',
      () => {
        writeFileSync(join(folder, 'insecure-platform/authority-keys.json'), '{');
      },
      /its keys cannot be read/,
    ],
  ])('when it %s', async (_what, damage, message) => {
    await prepare();
    damage();
    const outcome = prepare();
    await expect(outcome).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
    await expect(outcome).rejects.toThrow(message);
  });

  test('when it is a file', () => {
    mkdirSync(join(folder, '..'), { recursive: true });
    writeFileSync(folder, '');
    expect(() => openDataFolder(folder)).toThrow(/cannot be used \(EEXIST\); choose another with --data/);
  });

  test('records that lost their key are never given a new one', async () => {
    const files = await prepare();
    rmSync(files.patientDataKey);
    mkdirSync(files.patientRecords);
    await expect(prepare()).rejects.toThrow();
    expect(existsSync(files.patientDataKey)).toBe(false);
  });
});
