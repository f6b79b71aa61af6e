import { Refusal } from '../../refusals.js';
import type { HclReport } from '../../verification/azureHcl/hclReport.js';
import { MAXIMUM_HCL_REPORT_BYTES, parseHclReport } from '../../verification/azureHcl/hclReport.js';
import { systemCodeOf } from '../hostFiles.js';
import {
  nvDefineSpace,
  nvRead,
  nvReadPublic,
  nvWrite,
  RC_AUTHORIZATION,
  RC_HANDLE,
  RC_PASSING,
  readNvPublicAnswer,
  readNvReadAnswer,
  requireSuccess,
  TpmError,
} from './tpmCommands.js';
import type { TpmDevice } from './tpmDevice.js';

/** Where the paravisor shows its report; each reading may make it anew. */
export const HCL_REPORT_INDEX = 0x01400001;
/** Where the guest puts 64 bytes for the next report. */
export const USER_DATA_INDEX = 0x01400002;
const USER_DATA_BYTES = 64;

/** What every TPM gives at once. */
const PIECE_BYTES = 1024;
const COMMAND_ATTEMPTS = 5;
const COMMAND_PAUSE_MS = 20;
/** The paravisor takes up new user data within seconds. */
const REPORT_ATTEMPTS = 12;
const REPORT_PAUSE_MS = 500;

export interface ParavisorOptions {
  readonly tpm: TpmDevice;
  /** Waits, for instance by setTimeout. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** A report as it lies in the vTPM, and what is in it. */
export interface ParavisorReport {
  readonly bytes: Uint8Array;
  readonly hcl: HclReport;
}

/** How large the report's index is; undefined where this TPM has none, and so is no Azure confidential guest's. */
export async function sizeOfReportIndex(options: ParavisorOptions): Promise<number | undefined> {
  return sizeOfIndex(options, HCL_REPORT_INDEX);
}

/**
 * A report that names our user data. It is the paravisor's word, which the hardware vouches for; nothing is verified here.
 *
 * @param userData 64 bytes.
 * @throws Refusal EVIDENCE_UNAVAILABLE, CONFIGURATION_INVALID where the TPM is not ours to use or is none of Azure's.
 */
export async function paravisorReportOver(userData: Uint8Array, options: ParavisorOptions): Promise<ParavisorReport> {
  try {
    const size = await sizeOfIndex(options, HCL_REPORT_INDEX);
    if (size === undefined) throw noReport();
    if (size > MAXIMUM_HCL_REPORT_BYTES) throw new RangeError(`an index of ${size} bytes`);
    await writeUserData(userData, options);
    const wanted = Buffer.from(userData).toString('hex');
    for (let attempt = 1; ; attempt++) {
      const bytes = await readIndex(HCL_REPORT_INDEX, size, options);
      const hcl = parseHclReport(bytes);
      if (hcl.runtimeData.userData?.toLowerCase() === wanted) return { bytes, hcl };
      if (attempt === REPORT_ATTEMPTS)
        throw new Refusal('EVIDENCE_UNAVAILABLE', 'The paravisor did not take up the user data that we wrote for it.');
      await options.pause(REPORT_PAUSE_MS);
    }
  } catch (thrown) {
    throw explain(thrown);
  }
}

async function writeUserData(userData: Uint8Array, options: ParavisorOptions): Promise<void> {
  const size = await sizeOfIndex(options, USER_DATA_INDEX);
  if (size === undefined) {
    const answer = await transact(nvDefineSpace(USER_DATA_INDEX, USER_DATA_BYTES), options);
    requireSuccess(answer, 'TPM2_NV_DefineSpace');
  } else if (size !== USER_DATA_BYTES) {
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `NV index 0x${USER_DATA_INDEX.toString(16)} has ${size} bytes, not ${USER_DATA_BYTES}: something else uses it.`,
    );
  }
  requireSuccess(await transact(nvWrite(USER_DATA_INDEX, userData), options), 'TPM2_NV_Write');
}

async function sizeOfIndex(options: ParavisorOptions, index: number): Promise<number | undefined> {
  try {
    return readNvPublicAnswer(await transact(nvReadPublic(index), options));
  } catch (thrown) {
    if (thrown instanceof TpmError && thrown.code === RC_HANDLE) return undefined;
    throw thrown;
  }
}

async function readIndex(index: number, size: number, options: ParavisorOptions): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  for (let offset = 0; offset < size;) {
    const wanted = Math.min(PIECE_BYTES, size - offset);
    const piece = readNvReadAnswer(await transact(nvRead(index, offset, wanted), options));
    if (piece.length !== wanted) throw new RangeError(`${piece.length} of ${wanted} bytes`);
    bytes.set(piece, offset);
    offset += wanted;
  }
  return bytes;
}

/** The answer, where the TPM does not ask for the command again. */
async function transact(command: Uint8Array, { tpm, pause }: ParavisorOptions): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt++) {
    const answer = await tpm.transact(command);
    const code = answer.length >= 10 ? new DataView(answer.buffer, answer.byteOffset).getUint32(6) : 0;
    if (!RC_PASSING.includes(code) || attempt === COMMAND_ATTEMPTS) return answer;
    await pause(COMMAND_PAUSE_MS * attempt);
  }
}

function noReport(): Refusal {
  return new Refusal(
    'CONFIGURATION_INVALID',
    `This TPM has no NV index 0x${HCL_REPORT_INDEX.toString(16)}: the machine is no confidential VM of Azure.`,
  );
}

function explain(thrown: unknown): Error {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof TpmError && RC_AUTHORIZATION.includes(thrown.code))
    return new Refusal(
      'CONFIGURATION_INVALID',
      `${thrown.message}: the owner of the vTPM has a password; Azure's is empty.`,
      { cause: thrown },
    );
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new Refusal('EVIDENCE_UNAVAILABLE', `The vTPM gave no report: ${systemCodeOf(thrown) ?? reason}.`, {
    cause: thrown,
  });
}
