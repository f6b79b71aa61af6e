import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Collateral } from '../../enclave/verification/dcap/collateral.js';
import { readPckChain } from '../../enclave/verification/dcap/pckChain.js';
import { parseQuote } from '../../enclave/verification/dcap/quote.js';
import { verifyQuote } from '../../enclave/verification/dcap/verifyQuote.js';
import { nodePrimitives, rememberSignatures } from '../../enclave/verification/nodePrimitives.js';
import type { Primitives, SignatureCheck } from '../../enclave/verification/primitives.js';
import { parseReport } from '../../enclave/verification/sevSnp/report.js';
import { readVcekChain } from '../../enclave/verification/sevSnp/vcekChain.js';
import { verifyReport } from '../../enclave/verification/sevSnp/verifyReport.js';
import { VENDOR_ROOTS } from '../../enclave/verification/vendorRoots.js';
import type { Bench, BenchOptions, Figure } from './report.js';
import { figureOf, ratioOf } from './report.js';
import { resultChecks } from './resultChecks.js';
import { serviceRequests } from './serviceRequests.js';

/**
 * Verification of real quotes, beside the other verifiers of npm and the bare cost of the signatures, in one run; then checks
 * of attestation results beside the bare cost of theirs, and the service that issues them.
 */
export const attestation: Bench = async (options) => {
  const figures: Figure[] = [];
  for (const quote of QUOTES) figures.push(...(await quoteFigures(options, quote)));
  figures.push(...snpFigures(options));
  figures.push(...(await resultChecks(options)));
  figures.push(...(await serviceRequests(options)));
  return figures;
};

const SNP = 'snp/milan-azure-aci.json';
const QUOTES = [
  { name: 'SGX v3', file: 'sgx-v3-f8b81014b6-2025-07-configurationandswhardeningneeded.json' },
  { name: 'TDX v4', file: 'tdx-v4-c42f916432-2025-06-uptodate.json' },
  { name: 'TDX v5 (TD 1.5)', file: 'tdx-v5-d0010db6f7-2025-06-uptodate.json' },
] as const;

/** How often a round repeats what it measures. */
const REPEATS = 200;
const PEER_REPEATS = 20;

type Contenders = Readonly<Record<string, { readonly repeats: number; readonly run: () => unknown }>>;

interface SnpVector {
  readonly at: string;
  readonly report: string;
  readonly leaf: string;
  readonly ask: string;
  readonly ark: string;
}

interface QuoteVector {
  readonly at: string;
  readonly quote: string;
  readonly collateral: Collateral;
}

async function quoteFigures(
  { root, rounds, tell }: BenchOptions,
  { file, name }: { readonly file: string; readonly name: string },
): Promise<Figure[]> {
  const vector = JSON.parse(readFileSync(vectorPath(root, `dcap-real/${file}`), 'utf8')) as QuoteVector;
  const quote = Buffer.from(vector.quote, 'base64');
  const now = Date.parse(vector.at);
  const roots = { now, trustRoots: [VENDOR_ROOTS['intel-sgx-root']], collateral: vector.collateral };
  const parsed = parseQuote(quote);
  // The PCK certificate's, the quoting enclave's and the quote's: what no other machine's verification has answered.
  const own = signaturesOver(
    [readPckChain(parsed).leaf.toBeSigned, parsed.quotingEnclave.signed, parsed.signed],
    (primitives) => verifyQuote(quote, { ...roots, primitives }),
  );
  const warm = withWarmCollateral(own);
  const contenders: Contenders = {
    'warm collateral': { repeats: REPEATS, run: () => verifyQuote(quote, { ...roots, primitives: warm }) },
    'nothing remembered': {
      repeats: PEER_REPEATS,
      run: () => verifyQuote(quote, { ...roots, collateral: { ...vector.collateral }, primitives: nodePrimitives }),
    },
    'its own signatures alone': { repeats: REPEATS, run: () => own.every((check) => nodePrimitives.verify(check)) },
    ...accepting(await peerVerifiers(quote, vector, now), tell),
  };
  return compare(name, contenders, { rounds, tell });
}

/** A report with the chain of its product remembered, and the two signatures that belong to its chip alone. */
function snpFigures({ root, rounds, tell }: BenchOptions): Figure[] {
  const vector = JSON.parse(readFileSync(vectorPath(root, SNP), 'utf8')) as SnpVector;
  const bytesOf = (base64: string) => Buffer.from(base64, 'base64');
  const report = bytesOf(vector.report);
  const options = {
    now: Date.parse(vector.at),
    trustRoots: [VENDOR_ROOTS['amd-ark-milan']],
    certificates: [vector.leaf, vector.ask, vector.ark].map(bytesOf),
    revocationList: 'not-checked',
  } as const;
  const own = signaturesOver(
    [readVcekChain(options.certificates).leaf.toBeSigned, parseReport(report).signed],
    (primitives) => verifyReport(report, { ...options, primitives }),
  );
  const warm = withWarmCollateral(own);
  return compare(
    'SEV-SNP',
    {
      'warm collateral': { repeats: REPEATS, run: () => verifyReport(report, { ...options, primitives: warm }) },
      'nothing remembered': {
        repeats: PEER_REPEATS,
        run: () => verifyReport(report, { ...options, primitives: nodePrimitives }),
      },
      'its own signatures alone': { repeats: REPEATS, run: () => own.every((check) => nodePrimitives.verify(check)) },
    },
    { rounds, tell },
  );
}

function vectorPath(root: string, file: string): string {
  return join(process.env.CLOISTER_SHARED ?? join(root, '../shared'), 'vectors', file);
}

/** Alternating rounds, so that a busy moment of the machine meets all of them. The first contender is ours. */
function compare(
  name: string,
  contenders: Contenders,
  { rounds, tell }: Pick<BenchOptions, 'rounds' | 'tell'>,
): Figure[] {
  const measured = new Map<string, number[]>();
  for (let round = -1; round < rounds; round++) {
    for (const [contender, { repeats, run }] of Object.entries(contenders)) {
      const milliseconds = timeOf(run, repeats);
      // The first round warms up.
      if (round >= 0) measured.set(contender, [...(measured.get(contender) ?? []), milliseconds]);
    }
    tell(`${name}: round ${round + 1} of ${rounds}`);
  }
  const figures = Object.keys(contenders).map((each) => figureOf(`${name}, ${each}`, 'ms', measured.get(each) ?? []));
  const [ours] = figures;
  const others = figures.slice(2);
  return ours === undefined
    ? figures
    : [
        ...figures,
        ...others.map((other) =>
          ratioOf(`${name}, warm collateral : ${other.name.slice(name.length + 2)}`, ours, other),
        ),
      ];
}

/** Those that accept the quote. The peers know neither every version nor every module: a refusal costs nothing. */
function accepting(contenders: Contenders, tell: (line: string) => void): Contenders {
  const accepts = ([contender, { run }]: [string, Contenders[string]]): boolean => {
    try {
      return run() !== false;
    } catch (thrown) {
      tell(`${contender} refuses this quote: ${String(thrown).slice(0, 100)}`);
      return false;
    }
  };
  return Object.fromEntries(Object.entries(contenders).filter(accepts));
}

/** Milliseconds of one run. @throws where a run throws or answers false: a refusal is fast, and no measurement. */
function timeOf(run: () => unknown, repeats: number): number {
  const start = performance.now();
  for (let index = 0; index < repeats; index++) {
    if (run() === false) throw new Error('the measured verification refused');
  }
  return (performance.now() - start) / repeats;
}

/** As a process has it that verified other machines before: it remembers all but what belongs to this machine and quote. */
function withWarmCollateral(own: readonly SignatureCheck[]): Primitives {
  const remembered = rememberSignatures(64);
  return {
    sha256: nodePrimitives.sha256,
    verify: (check) =>
      own.some(({ data }) => Buffer.compare(data, check.data) === 0)
        ? nodePrimitives.verify(check)
        : remembered.verify(check),
  };
}

/** The checks over these data, out of those that a verification asks. */
function signaturesOver(own: readonly Uint8Array[], verify: (primitives: Primitives) => unknown): SignatureCheck[] {
  const asked: SignatureCheck[] = [];
  verify({ ...nodePrimitives, verify: (check) => (asked.push(check), nodePrimitives.verify(check)) });
  return asked.filter(({ data }) => own.some((each) => Buffer.compare(each, data) === 0));
}

/** The other verifiers of npm, on the same quote, collateral and time. Both throw where they refuse. */
async function peerVerifiers(quote: Buffer, { collateral }: QuoteVector, now: number): Promise<Contenders> {
  const seconds = Math.floor(now / 1000);
  const javascript = await import('@phala/dcap-qvl');
  const web = await import('@phala/dcap-qvl-web');
  const require = createRequire(import.meta.url);
  web.initSync({ module: readFileSync(require.resolve('@phala/dcap-qvl-web/dcap-qvl-web_bg.wasm')) });
  const bytesOf = (hex: string) => Buffer.from(hex, 'hex');
  const forJavascript = {
    ...collateral,
    root_ca_crl: bytesOf(collateral.root_ca_crl),
    pck_crl: bytesOf(collateral.pck_crl),
    tcb_info_signature: bytesOf(collateral.tcb_info_signature),
    qe_identity_signature: bytesOf(collateral.qe_identity_signature),
  };
  const forWeb = { ...collateral, pck_crl_issuer_chain: pckCrlChainOf(collateral) };
  return {
    '@phala/dcap-qvl': {
      repeats: PEER_REPEATS,
      run: () => javascript.verify(quote, forJavascript as never, seconds),
    },
    '@phala/dcap-qvl-web': {
      repeats: PEER_REPEATS,
      run: () => web.js_verify(quote, forWeb, BigInt(seconds)) as unknown,
    },
  };
}

/** Some collections leave it out; the verifier of the PCK chain never needs it, but one peer wants a text. */
function pckCrlChainOf(collateral: Collateral): string {
  return (collateral as { pck_crl_issuer_chain?: string | null }).pck_crl_issuer_chain ?? '';
}
