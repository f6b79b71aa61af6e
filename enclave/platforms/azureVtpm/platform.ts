import { createHash } from 'node:crypto';
import type { EvidencePlatform, PlatformEvidence } from '../../evidence/attester.js';
import { reportDataIn } from '../../evidence/reportDataIn.js';
import { Refusal } from '../../refusals.js';
import { quoteEvidence, requireWholeReportData } from '../answer.js';
import type { Fetch } from '../boundedFetch.js';
import { systemCodeOf } from '../hostFiles.js';
import { createTurns } from '../turns.js';
import { amdCertificates, AZURE_METADATA_SERVICE, quoteOfTdReport } from './metadataService.js';
import type { ParavisorReport } from './paravisorReport.js';
import { paravisorReportOver } from './paravisorReport.js';
import type { TpmDevice } from './tpmDevice.js';

/** Evidence of an Azure confidential VM: the hardware vouches for the paravisor's words, and those name our report data. */
export interface ParavisorEvidence {
  /** Its report data are SHA-256 of `runtimeClaims`, never what was asked for. */
  readonly hardware: PlatformEvidence;
  /** The paravisor's JSON, byte for byte: its keys, the VM's configuration, and our 64 bytes as `user-data` in hex. */
  readonly runtimeClaims: Uint8Array;
}

/** The usual interface, which it cannot serve, and its own. */
export interface AzureVtpmPlatform extends EvidencePlatform {
  /** @param userData exactly 64 bytes. @throws Refusal EVIDENCE_UNAVAILABLE, CONFIGURATION_INVALID */
  paravisorEvidence(userData: Uint8Array): Promise<ParavisorEvidence>;
}

export interface AzureVtpmOptions {
  readonly openTpm: () => Promise<TpmDevice>;
  readonly fetch: Fetch;
  /** Waits, for instance by setTimeout. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Without a trailing slash. */
  readonly metadataService?: string;
  readonly timeoutMs?: number;
}

const SOURCE = "Azure's vTPM";
const TIMEOUT_MS = 30_000;
const METADATA_TIMEOUT_MS = 10_000;
const TD_REPORT_AT = 32;
const TD_REPORT_BYTES = 1024;

/**
 * Azure confidential VMs, where a paravisor stands between guest and hardware and a report lies in the vTPM (Azure/
 * confidential-computing-cvm-guest-attestation).
 *
 * `evidence` refuses: evidence here binds our keys in two steps, hardware → paravisor's JSON → `user-data`, and neither an
 * attestation result's `x-ms-runtime` nor our relying parties follow the second step. To hand out the hardware report
 * alone would be evidence that is bound to nothing of ours.
 */
export function azureVtpmPlatform(options: AzureVtpmOptions): AzureVtpmPlatform {
  const { fetch, metadataService: url = AZURE_METADATA_SERVICE, timeoutMs = TIMEOUT_MS } = options;
  const inTurn = createTurns({ source: SOURCE, timeoutMs });
  return {
    name: 'azure-vtpm',
    simulated: false,
    evidence: () => Promise.reject(indirect()),
    paravisorEvidence: async (userData) => {
      requireWholeReportData(userData);
      return inTurn(async () => {
        const report = await readReport(userData);
        const runtimeClaims = Uint8Array.from(report.hcl.runtimeBytes);
        const hardware = await hardwareEvidence(report);
        requireVouching(hardware, runtimeClaims);
        return { hardware, runtimeClaims };
      });
    },
  };

  async function readReport(userData: Uint8Array): Promise<ParavisorReport> {
    const tpm = await options.openTpm().catch((cause: unknown) => {
      throw new Refusal(
        'CONFIGURATION_INVALID',
        `The vTPM cannot be opened (${systemCodeOf(cause) ?? String(cause)}): the process needs the device and the right to use it.`,
        { cause },
      );
    });
    try {
      return await paravisorReportOver(userData, { tpm, pause: options.pause });
    } finally {
      await tpm.close();
    }
  }

  async function hardwareEvidence({ bytes, hcl }: ParavisorReport): Promise<PlatformEvidence> {
    const service = { fetch, url, timeoutMs: METADATA_TIMEOUT_MS };
    const { hardware } = hcl;
    if (hardware.kind === 'SevSnpVm') {
      const report = Uint8Array.from(hardware.report);
      return { kind: 'SevSnpVm', report, certificates: await amdCertificates(service) };
    }
    const quote = await quoteOfTdReport(bytes.subarray(TD_REPORT_AT, TD_REPORT_AT + TD_REPORT_BYTES), service);
    const evidence = quoteEvidence(quote, `${url}/acc/tdquote`);
    if (evidence.kind === 'TdxVm') return evidence;
    throw new Refusal('EVIDENCE_UNAVAILABLE', `${url}/acc/tdquote gave a quote that is not of TDX.`);
  }
}

/** @throws Refusal EVIDENCE_UNAVAILABLE where the hardware vouches for other claims than came with it. */
function requireVouching(hardware: PlatformEvidence, runtimeClaims: Uint8Array): void {
  const digest = createHash('sha256').update(runtimeClaims).digest();
  const found = reportDataIn(hardware)?.subarray(0, digest.length);
  if (found !== undefined && digest.equals(found)) return;
  throw new Refusal('EVIDENCE_UNAVAILABLE', 'The hardware report vouches for other claims than the paravisor made.');
}

function indirect(): Refusal {
  return new Refusal(
    'CONFIGURATION_INVALID',
    'In an Azure confidential VM the hardware vouches for the paravisor, and only the paravisor names our keys; no policy ' +
      'here follows that second step. Run in a guest that asks the hardware itself: a confidential container, or TDX or ' +
      'SEV-SNP with configfs-tsm.',
  );
}
