import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Collateral } from '../../enclave/verification/dcap/collateral.js';
import type { TrustRoot } from '../../enclave/verification/trustRoot.js';
import { trustRoot } from '../../enclave/verification/trustRoot.js';
import { VENDOR_ROOTS } from '../../enclave/verification/vendorRoots.js';
import type { CollateralCache } from '../../runtime/collateral/cache.js';
import { openCollateral } from '../../runtime/collateral/openCollateral.js';
import { collateralSettings } from '../../runtime/collateral/settings.js';
import { parseConfig } from '../../runtime/config.js';
import { createVerifyEvidence } from '../../runtime/evidence/verifyEvidence.js';
import { silentLog } from '../../runtime/log.js';
import type { Trust } from '../../runtime/trust.js';
import { EXIT, UsageError, exitCodeOf, text, type CommandOption, type ExitCode, type Invocation } from '../command.js';
import { bindingTo, readBytes, readEvidenceFile, type EvidenceFile } from '../evidenceFile.js';
import { filesOf, trustFrom } from '../target.js';
import { columns } from '../terminal.js';
import { verifyFile, type FileReport, type Finding } from '../verifyFile.js';

export const fileOptions = {
  genuine: { type: 'boolean', help: 'FILE: ask only whether it is genuine, and appraise nothing.' },
  collateral: {
    type: 'string',
    value: 'FILE',
    help: 'FILE: collateral, or a bundle of it, that verifies the evidence.',
  },
  'collateral-sources': {
    type: 'string',
    value: 'LIST',
    help: 'FILE: where collateral comes from, as in CLOISTER_COLLATERAL_SOURCES (pcs, pccs=URL, kds, file=PATH).',
  },
  root: {
    type: 'string',
    value: 'FILE',
    help: 'FILE: one more root certificate (PEM), beside those of Intel and AMD.',
  },
  'runtime-data': { type: 'string', value: 'FILE', help: 'FILE: the data whose SHA-256 the evidence must vouch for.' },
  at: { type: 'string', value: 'TIME', help: 'FILE: the time to judge by (ISO 8601; default now).' },
  'no-revocation': { type: 'boolean', help: 'FILE: verify SEV-SNP without the revocation list of AMD.' },
} as const satisfies Record<string, CommandOption>;

const MARKS: Readonly<Record<Finding['outcome'], string>> = {
  passed: 'passed',
  conceded: 'NOT SO, accepted in development',
  failed: 'FAILED',
  'could not tell': 'COULD NOT TELL',
  'not asked': 'not asked',
};

/** `cloister verify FILE`. */
export async function verifyEvidenceFile(invocation: Invocation, path: string): Promise<ExitCode> {
  const { flags, terminal } = invocation;
  const at = timeOf(text(invocation, 'at'));
  const file = readEvidenceFile(path);
  const runtimeData = text(invocation, 'runtime-data');
  const trust = await findTrust(invocation);
  const collateral = await openSources(invocation, file, at);
  try {
    const report = await verifyFile(file, {
      verifyEvidence: createVerifyEvidence({
        trustRoots: rootsOf(invocation),
        collateral,
        now: () => at,
        snpRevocation: flags['no-revocation'] === true ? 'not-checked' : 'required',
      }),
      trust,
      policy: flags.genuine === true ? undefined : (text(invocation, 'policy') ?? 'component'),
      binding: runtimeData === undefined ? undefined : bindingTo(readBytes(runtimeData)),
      now: Math.floor(at / 1000),
    });
    if (flags.json === true) terminal.out(JSON.stringify(summaryOf(path, report)));
    else print(path, report, terminal);
    return report.refusal === undefined ? EXIT.ok : exitCodeOf(report.refusal);
  } finally {
    await collateral.close();
  }
}

function print(path: string, { findings, refusal }: FileReport, terminal: Invocation['terminal']): void {
  terminal.out(`${path}:`);
  const rows = findings.map(({ finding, name, outcome }): [string, string] => [name, `${MARKS[outcome]}. ${finding}`]);
  for (const line of columns(rows, '  ')) terminal.out(line);
  terminal.out(
    refusal === undefined
      ? 'Verdict: accepted, as far as it was asked.'
      : `Verdict: ${verdictOf({ refusal })} (${refusal.code}). ${refusal.definition.action}`,
  );
}

function verdictOf({ refusal }: Pick<FileReport, 'refusal'>): string {
  switch (refusal?.definition.kind) {
    case undefined:
      return 'accepted';
    case 'could-not-tell':
      return 'could not tell';
    case 'not-acceptable':
      return 'genuine, but not acceptable';
    default:
      return 'not genuine';
  }
}

function summaryOf(path: string, { findings, refusal, result }: FileReport) {
  const facts = result && {
    teeType: result.teeType,
    measurement: result.measurement,
    simulated: result.simulated,
    debug: result.debug,
    tcbStatus: result.tcbStatus ?? null,
    advisoryIds: result.advisoryIds ?? [],
    reportData: result.reportData,
  };
  const verdict = verdictOf({ refusal });
  return { file: path, verdict, code: refusal?.code ?? null, findings, facts: facts ?? null };
}

function timeOf(given: string | undefined): number {
  const at = given === undefined ? Date.now() : Date.parse(given);
  if (Number.isNaN(at)) throw new UsageError(`--at ${given ?? ''} is not a time; for instance 2026-01-31T12:00:00Z.`);
  return at;
}

/** The trust file that is named, or that of the local system where there is one. */
async function findTrust(invocation: Invocation): Promise<Trust | undefined> {
  const named = text(invocation, 'trust-file');
  const own = filesOf(invocation).trust;
  if (named === undefined && !existsSync(own)) return undefined;
  return trustFrom(named ?? own, invocation.root);
}

/** The vendors' roots, one that is named, and that of the local insecure platform: what ends there is shown as SIMULATED. */
function rootsOf(invocation: Invocation): TrustRoot[] {
  const named = text(invocation, 'root');
  const own = join(filesOf(invocation).insecurePlatform, 'root.pem');
  const extra = [named, existsSync(own) ? own : undefined].filter((path) => path !== undefined);
  const read = (path: string) => new TextDecoder('latin1').decode(readBytes(path));
  return [
    ...Object.values(VENDOR_ROOTS),
    ...extra.map((path) => trustRoot({ name: path, simulated: true, pem: read(path) })),
  ];
}

/** Collateral of the file itself, of the flags, or of the local insecure platform, in this order. */
async function openSources(
  invocation: Invocation,
  file: EvidenceFile,
  at: number,
): Promise<Pick<CollateralCache, 'get' | 'close'>> {
  if (file.kind === 'quote' && file.collateral) return fixedCollateral(file.collateral);
  const named = text(invocation, 'collateral');
  const own = join(filesOf(invocation).insecurePlatform, 'collateral.json');
  const fallback = existsSync(own) ? `file=${own}` : 'none';
  const sources = named === undefined ? (text(invocation, 'collateral-sources') ?? fallback) : `file=${named}`;
  if (named !== undefined && !existsSync(named)) throw new UsageError(`There is no file ${named}.`);
  const config = parseConfig(collateralSettings, { ...invocation.env, CLOISTER_COLLATERAL_SOURCES: sources });
  return openCollateral({ config, now: () => at, random: Math.random, log: silentLog });
}

function fixedCollateral(collateral: Collateral): Pick<CollateralCache, 'get' | 'close'> {
  return { get: () => Promise.resolve(collateral as never), close: () => Promise.resolve() };
}
