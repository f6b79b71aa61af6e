import { readCertificate } from '../../enclave/asn1/certificate.js';
import { readChildren, readOid, readTime, readWhole } from '../../enclave/asn1/der.js';
import { readPem } from '../../enclave/asn1/pem.js';
import { readRevocationList } from '../../enclave/asn1/revocationList.js';
import { equalBytes } from '../../enclave/bytes.js';
import { readChain } from '../../enclave/verification/certificateChain.js';
import type { Collateral } from '../../enclave/verification/dcap/collateral.js';
import { readCollateral } from '../../enclave/verification/dcap/collateral.js';
import { readPckPlatform } from '../../enclave/verification/dcap/pckExtension.js';
import { readQeIdentity } from '../../enclave/verification/dcap/qeIdentity.js';
import { parseQuote } from '../../enclave/verification/dcap/quote.js';
import { readTcbInfo } from '../../enclave/verification/dcap/tcbInfo.js';
import { verifyQuote } from '../../enclave/verification/dcap/verifyQuote.js';
import { rememberSignatures } from '../../enclave/verification/nodePrimitives.js';
import { trustRoot } from '../../enclave/verification/trustRoot.js';
import { readBundle, writeBundle } from '../../runtime/collateral/bundle.js';
import { dcapRequestOf } from '../../runtime/collateral/examine.js';
import type { DcapEvidence, Form } from '../support/dcapKit/evidence.js';
import { FORMS, makeEvidence } from '../support/dcapKit/evidence.js';
import { createTestAuthority } from '../support/dcapKit/testAuthority.js';
import { filesIn, sharedVectors, vectorsOf } from './seeds.js';
import type { FuzzTarget } from './target.js';
import { bytesOf, isCoded, isUnreadable, textOf } from './target.js';

const NOW = Date.UTC(2026, 5, 15);
const authority = createTestAuthority(NOW);
const made = (Object.keys(FORMS) as Form[]).map((form) => makeEvidence(authority, form, NOW));
const sgx = makeEvidence(authority, 'sgx-v3', NOW);
const tdx = makeEvidence(authority, 'tdx15-v5', NOW);
const stored = [vectorsOf('test/vectors/dcap'), sharedVectors('dcap-real')]
  .flatMap(filesIn)
  .filter(({ name }) => name.endsWith('.json'))
  .map(({ bytes }) => JSON.parse(textOf(bytes)) as { quote: string; collateral: Collateral });
const quotes = [...made.map(({ quote }) => quote), ...stored.map(({ quote }) => Buffer.from(quote, 'base64'))];
const collaterals = [...made.map(({ collateral }) => collateral), ...stored.map(({ collateral }) => collateral)];
const chains = collaterals.map(({ tcb_info_issuer_chain: pem }) => bytesOf(pem));
const pckChains = made.map(({ quote }) => parseQuote(quote).certificationData);
const certificates = [...pckChains, ...chains].flatMap((pem) => readable(() => readPem(textOf(pem)), []));
const lists = collaterals.flatMap(({ root_ca_crl, pck_crl }) => [root_ca_crl, pck_crl]).map(fromHex);

const trustRoots = [trustRoot({ name: 'test', simulated: true, pem: authority.certificate('root') })];
const primitives = rememberSignatures(512);
const verify = (quote: Uint8Array, collateral: Collateral) =>
  verifyQuote(quote, { now: NOW, trustRoots, collateral, primitives });

export const dcapTargets: readonly FuzzTarget[] = [
  { name: 'quote', form: 'quote', seeds: quotes, run: parseQuote, isRefusal: isCoded },
  {
    name: 'verify-quote',
    form: 'quote',
    seeds: made.map(({ quote }) => quote),
    run: (input) => {
      const isTd = input[4] === 0x81;
      const { quote } = verify(input, (isTd ? tdx : sgx).collateral);
      const known = made.some((evidence) => equalBytes(parseQuote(evidence.quote).signed, quote.signed));
      if (!known) throw new Error('evidence that nobody made is accepted');
    },
    isRefusal: isCoded,
  },
  {
    name: 'verify-collateral',
    form: 'json',
    seeds: [sgx, tdx].map(({ collateral }) => bytesOf(JSON.stringify(collateral))),
    run: (input) => {
      const collateral = readCollateral(textOf(input));
      for (const evidence of [sgx, tdx]) acceptsOnly(evidence, collateral);
    },
    isRefusal: isCoded,
  },
  {
    name: 'collateral',
    form: 'json',
    seeds: collaterals.map((one) => bytesOf(JSON.stringify(one))),
    run: (input) => readCollateral(textOf(input)),
    isRefusal: isCoded,
  },
  {
    name: 'collateral-bundle',
    form: 'json',
    seeds: [
      bytesOf(JSON.stringify(sgx.collateral)),
      bytesOf(writeBundle([sgx, tdx].map(({ collateral }) => ({ request: dcapRequestOf(collateral), collateral })))),
    ],
    run: (input) => readBundle(textOf(input)),
    isRefusal: isCoded,
  },
  {
    name: 'tcb-info',
    form: 'json',
    seeds: collaterals.map(({ tcb_info }) => bytesOf(tcb_info)),
    run: (input) => readTcbInfo(textOf(input)),
    isRefusal: isUnreadable,
  },
  {
    name: 'qe-identity',
    form: 'json',
    seeds: collaterals.map(({ qe_identity }) => bytesOf(qe_identity)),
    run: (input) => readQeIdentity(textOf(input)),
    isRefusal: isUnreadable,
  },
  { name: 'der', form: 'der', seeds: [...certificates, ...lists], run: walk, isRefusal: isUnreadable },
  { name: 'certificate', form: 'der', seeds: certificates, run: readCertificate, isRefusal: isUnreadable },
  { name: 'revocation-list', form: 'der', seeds: lists, run: readRevocationList, isRefusal: isUnreadable },
  {
    name: 'chain',
    form: 'pem',
    seeds: [...chains, ...pckChains],
    run: (input) => readChain(textOf(input)),
    isRefusal: isUnreadable,
  },
  {
    name: 'pck-extension',
    form: 'der',
    seeds: certificates.slice(0, 1),
    run: (input) => readPckPlatform(readCertificate(input)),
    isRefusal: isUnreadable,
  },
];

/** Of collateral that somebody changed, what was signed must still be there, or nothing is accepted. */
function acceptsOnly({ quote, collateral: right }: DcapEvidence, changed: Collateral): void {
  try {
    verify(quote, changed);
  } catch (thrown) {
    if (isCoded(thrown)) return;
    throw thrown;
  }
  const isSame =
    changed.tcb_info === right.tcb_info &&
    changed.qe_identity === right.qe_identity &&
    [changed.root_ca_crl, changed.pck_crl].every((hex) =>
      [right.root_ca_crl, right.pck_crl].includes(hex.toLowerCase()),
    );
  if (!isSame) throw new Error('collateral that nobody signed is accepted');
}

/** Every value, as deep as a certificate is nested and deeper; times and identifiers are read as such. */
function walk(input: Uint8Array): void {
  const waiting = [readWhole(input)];
  for (let count = 0; waiting.length > 0 && count < 10_000; count++) {
    const value = waiting.pop();
    if (!value) return;
    if ((value.tag & 0x20) !== 0) waiting.push(...readChildren(value));
    if (value.tag === 0x06) readOid(value);
    if (value.tag === 0x17 || value.tag === 0x18) readTime(value);
  }
}

function fromHex(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

function readable<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
