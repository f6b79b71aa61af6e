import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { EvidencePlatform } from '../../evidence/attester.js';
import { REPORT_DATA_BYTES } from '../../evidence/runtimeData.js';
import type { InsecurePlatformFiles } from './createPlatform.js';
import { ENCLAVE, PLATFORM_TCB, QUOTING_ENCLAVE } from './profile.js';
import { writeQuote } from './quote.js';
import { writeSgxReport } from './sgxReport.js';

export interface InsecurePlatformOptions {
  /** Only the part of a platform that its quoting enclave would hold. */
  readonly files: Pick<InsecurePlatformFiles, 'pck-chain.pem' | 'pck-key.pem'>;
  /** Hex, 32 bytes: what the process says that it measures to; see measure.ts. */
  readonly measurement: string;
}

/** The quote alone, besides: for who has no use for its kind. */
export interface InsecurePlatform extends EvidencePlatform {
  readonly name: 'insecure';
  readonly simulated: true;
  /** @param reportData exactly 64 bytes. */
  quote(reportData: Uint8Array): Promise<Uint8Array>;
}

const INIT_MODE64 = 0x05;
const INIT_PROVISION_KEY = 0x11;

/**
 * INSECURE: quotes of the right shape, signed by keys in files. Whoever reads the files can claim any measurement. All
 * that keeps such quotes out of production is that no relying party pins this platform's root there.
 */
export function insecurePlatform({ files, measurement }: InsecurePlatformOptions): InsecurePlatform {
  if (!/^[0-9a-f]{64}$/.test(measurement)) throw new RangeError('a measurement is 64 lower-case hex digits');
  const pckKey = createPrivateKey(files['pck-key.pem']);
  const attestationKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const cpuSvn = Uint8Array.from(PLATFORM_TCB.components);
  const quote = (reportData: Uint8Array): Uint8Array => {
    if (reportData.length !== REPORT_DATA_BYTES)
      throw new RangeError(`report data of ${reportData.length} bytes, not 64`);
    return writeQuote({
      header: { version: 3, pceSvn: PLATFORM_TCB.pceSvn },
      body: writeSgxReport({ ...ENCLAVE, cpuSvn, flags: INIT_MODE64, measurement, reportData }),
      quotingEnclave: { ...QUOTING_ENCLAVE, cpuSvn, flags: INIT_PROVISION_KEY, measurement: QUOTING_ENCLAVE.signer },
      attestationKey,
      pckKey,
      pckChain: files['pck-chain.pem'],
    });
  };
  return {
    name: 'insecure',
    simulated: true,
    quote: (reportData) => new Promise((resolve) => resolve(quote(reportData))),
    evidence: (reportData) => new Promise((resolve) => resolve({ kind: 'SgxEnclave', quote: quote(reportData) })),
  };
}
