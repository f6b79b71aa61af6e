/**
 * The few TPM 2.0 commands that an Azure confidential guest needs, as bytes (TCG, TPM 2.0 Library, parts 2 and 3). All
 * numbers are big-endian. The owner's authorization is empty, as Azure leaves it.
 */

const NO_SESSIONS = 0x8001;
const SESSIONS = 0x8002;
const HEADER_BYTES = 10;

const NV_DEFINE_SPACE = 0x12a;
const NV_WRITE = 0x137;
const NV_READ = 0x14e;
const NV_READ_PUBLIC = 0x169;

const OWNER = 0x40000001;
const PASSWORD_SESSION = 0x40000009;
const SHA256 = 0x000b;
/** OWNERWRITE, AUTHWRITE, OWNERREAD, AUTHREAD. */
const USER_DATA_ATTRIBUTES = 0x0006_0006;

/** An answer whose code is not success. */
export class TpmError extends Error {
  /** TPM_RC, with handle and session numbers masked out: for instance 0x18b becomes 0x8b. */
  readonly code: number;

  constructor(
    readonly responseCode: number,
    command: string,
  ) {
    super(`${command} was answered with TPM_RC 0x${responseCode.toString(16)}`);
    // Format-one codes carry, beside the error, which handle, session or parameter it is about.
    this.code = responseCode & 0x80 ? responseCode & 0xbf : responseCode;
  }
}

/** TPM_RC_HANDLE: no such index. */
export const RC_HANDLE = 0x8b;
/** TPM_RC_AUTH_FAIL and TPM_RC_BAD_AUTH: the owner has a password. */
export const RC_AUTHORIZATION: readonly number[] = [0x8e, 0xa2];
/** TPM_RC_YIELDED, TESTING, NV_RATE, RETRY: the same command may be answered later. */
export const RC_PASSING: readonly number[] = [0x908, 0x90a, 0x920, 0x922];

/** @param index for instance 0x01400001. */
export function nvReadPublic(index: number): Uint8Array {
  return command(NO_SESSIONS, NV_READ_PUBLIC, u32(index));
}

/** @param count at most what the TPM gives at once, usually 1024 bytes. */
export function nvRead(index: number, offset: number, count: number): Uint8Array {
  return command(SESSIONS, NV_READ, u32(OWNER), u32(index), emptyPassword(), u16(count), u16(offset));
}

export function nvWrite(index: number, bytes: Uint8Array): Uint8Array {
  return command(SESSIONS, NV_WRITE, u32(OWNER), u32(index), emptyPassword(), sized(bytes), u16(0));
}

/** An index of `bytes` bytes that owner and holder of its (empty) authorization may read and write. */
export function nvDefineSpace(index: number, bytes: number): Uint8Array {
  const publicArea = [u32(index), u16(SHA256), u32(USER_DATA_ATTRIBUTES), u16(0), u16(bytes)];
  return command(SESSIONS, NV_DEFINE_SPACE, u32(OWNER), emptyPassword(), u16(0), sized(Buffer.concat(publicArea)));
}

/** @returns the size of the index in bytes. @throws TpmError; RangeError where the answer is none. */
export function readNvPublicAnswer(answer: Uint8Array): number {
  const body = bodyOf(answer, NO_SESSIONS, 'TPM2_NV_ReadPublic');
  const area = sizedAt(body, 0, 'public area');
  // Index, hash algorithm, attributes; then a policy of its own length; then the size.
  const policy = sizedAt(area, 10, 'policy');
  const at = 12 + policy.length;
  if (area.length < at + 2) throw new RangeError(`a public area of ${area.length} bytes holds no size`);
  return viewOf(area).getUint16(at);
}

/** @returns the bytes that were read. @throws TpmError; RangeError where the answer is none. */
export function readNvReadAnswer(answer: Uint8Array): Uint8Array {
  const body = bodyOf(answer, SESSIONS, 'TPM2_NV_Read');
  if (body.length < 4) throw new RangeError('an answer without parameters');
  const parameters = body.subarray(4, 4 + viewOf(body).getUint32(0));
  return sizedAt(parameters, 0, 'NV data');
}

/** @throws TpmError; RangeError where the answer is none. */
export function requireSuccess(answer: Uint8Array, name: string): void {
  bodyOf(answer, SESSIONS, name);
}

function bodyOf(answer: Uint8Array, tag: number, name: string): Uint8Array {
  if (answer.length < HEADER_BYTES) throw new RangeError(`${name}: an answer of ${answer.length} bytes`);
  const view = viewOf(answer);
  const [size, code] = [view.getUint32(2), view.getUint32(6)];
  if (size !== answer.length) throw new RangeError(`${name}: an answer of ${answer.length} bytes says ${size}`);
  if (code !== 0) throw new TpmError(code, name);
  if (view.getUint16(0) !== tag) throw new RangeError(`${name}: an answer with tag ${view.getUint16(0)}, not ${tag}`);
  return answer.subarray(HEADER_BYTES);
}

function command(tag: number, code: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  return Buffer.concat([u16(tag), u32(HEADER_BYTES + body.length), u32(code), body]);
}

/** One password session with nothing in it: handle, no nonce, no attributes, no password. */
function emptyPassword(): Uint8Array {
  return sized32(Buffer.concat([u32(PASSWORD_SESSION), u16(0), Uint8Array.of(0), u16(0)]));
}

function sized(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([u16(bytes.length), bytes]);
}

function sized32(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([u32(bytes.length), bytes]);
}

function sizedAt(bytes: Uint8Array, at: number, what: string): Uint8Array {
  if (bytes.length < at + 2) throw new RangeError(`${what}: ${bytes.length} bytes hold no length at ${at}`);
  const length = viewOf(bytes).getUint16(at);
  if (bytes.length < at + 2 + length) throw new RangeError(`${what}: ${length} bytes do not fit`);
  return bytes.subarray(at + 2, at + 2 + length);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
