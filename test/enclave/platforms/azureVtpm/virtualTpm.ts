import { createHash } from 'node:crypto';
import type { TpmDevice } from '../../../../enclave/platforms/azureVtpm/tpmDevice.js';
import { snpReportOver } from '../evidenceOver.js';

const REPORT = 0x01400001;
const USER_DATA = 0x01400002;
const EMPTY_PASSWORD = '40000009' + '0000' + '00' + '0000';

/** A report of a paravisor, as it lies in the vTPM: padded to the size of its index. */
export function hclReport(hardware: 'snp' | 'tdx', userData: Uint8Array, indexBytes = 2600): Buffer {
  const key = (kid: string) => ({ kid, key_ops: ['sign'], kty: 'RSA', e: 'AQAB', n: 'AQAB' });
  const claims = Buffer.from(
    JSON.stringify({
      keys: [key('HCLAkPub'), key('HCLEkPub')],
      'vm-configuration': { 'secure-boot': true },
      'user-data': Buffer.from(userData).toString('hex').toUpperCase(),
    }),
  );
  const reportData = Buffer.concat([createHash('sha256').update(claims).digest(), Buffer.alloc(32)]);
  const slot = hardware === 'snp' ? snpReportOver(reportData) : Buffer.alloc(1184);
  if (hardware === 'tdx') reportData.copy(slot, 128);
  const header = Buffer.alloc(32);
  header.write('HCLA');
  header.writeUInt32LE(2, 4);
  header.writeUInt32LE(32 + 1184 + 20 + claims.length, 8);
  header.writeUInt32LE(2, 12);
  const request = Buffer.alloc(20);
  [20 + claims.length, 1, hardware === 'snp' ? 2 : 4, 1, claims.length].forEach((value, index) => {
    request.writeUInt32LE(value, index * 4);
  });
  const report = Buffer.concat([header, slot, request, claims]);
  return Buffer.concat([report, Buffer.alloc(Math.max(0, indexBytes - report.length))]);
}

/**
 * A stand-in for an Azure vTPM that reads commands by the letter of TPM 2.0 part 3 and refuses what a TPM would refuse: a
 * wrong size, a missing or wrong authorization, an index that is not there, more than 1024 bytes at once.
 */
export class VirtualTpm implements TpmDevice {
  hardware: 'snp' | 'tdx' | undefined = 'snp';
  userData: Buffer | undefined;
  userDataBytes = 64;
  ownerPassword = false;
  /** How many readings of the report still show the user data of before. */
  staleReadings = 0;
  /** Response codes of the next commands. */
  readonly responseCodes: number[] = [];
  /** Answers instead of the next command. */
  nextAnswer: Uint8Array | undefined;
  opened = 0;
  closed = 0;
  readonly commands: string[] = [];
  private shown: Buffer = Buffer.alloc(64);
  private busy = false;

  open = (): Promise<TpmDevice> => {
    this.opened += 1;
    return Promise.resolve(this);
  };

  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }

  async transact(command: Uint8Array): Promise<Uint8Array> {
    if (this.busy) throw new Error('two commands at once');
    this.busy = true;
    await new Promise((resolve) => setImmediate(resolve));
    this.busy = false;
    const forced = this.responseCodes.shift();
    if (forced !== undefined) return answer(0x8001, forced);
    const next = this.nextAnswer;
    this.nextAnswer = undefined;
    return next ?? this.run(Buffer.from(command));
  }

  private run(command: Buffer): Uint8Array {
    if (command.length < 10 || command.readUInt32BE(2) !== command.length) return answer(0x8001, 0x142);
    const [tag, code, body] = [command.readUInt16BE(0), command.readUInt32BE(6), command.subarray(10)];
    switch (code) {
      case 0x169:
        this.commands.push('NV_ReadPublic');
        return tag === 0x8001 ? this.readPublic(body.readUInt32BE(0)) : answer(0x8001, 0x145);
      case 0x12a:
        this.commands.push('NV_DefineSpace');
        return this.authorized(tag, body, 4, (parameters) => this.define(parameters));
      case 0x137:
        this.commands.push('NV_Write');
        return this.authorized(tag, body, 8, (parameters) => this.write(body.readUInt32BE(4), parameters));
      case 0x14e:
        this.commands.push('NV_Read');
        return this.authorized(tag, body, 8, (parameters) => this.read(body.readUInt32BE(4), parameters));
      default:
        return answer(0x8001, 0x143);
    }
  }

  private authorized(tag: number, body: Buffer, handleBytes: number, work: (parameters: Buffer) => Uint8Array) {
    const owner = body.readUInt32BE(0) === 0x40000001;
    const size = body.readUInt32BE(handleBytes);
    const session = body.subarray(handleBytes + 4, handleBytes + 4 + size).toString('hex');
    if (tag !== 0x8002 || !owner || session !== EMPTY_PASSWORD) return answer(0x8001, 0x9a2);
    if (this.ownerPassword) return answer(0x8001, 0x98e);
    return work(body.subarray(handleBytes + 4 + size));
  }

  private readPublic(index: number): Uint8Array {
    const size = this.sizeOf(index);
    if (size === undefined) return answer(0x8001, 0x18b);
    const area = Buffer.alloc(14);
    area.writeUInt32BE(index, 0);
    area.writeUInt16BE(0x000b, 4);
    area.writeUInt32BE(0x62060006, 6);
    area.writeUInt16BE(0, 10);
    area.writeUInt16BE(size, 12);
    const name = Buffer.alloc(34, 1);
    return answer(0x8001, 0, Buffer.concat([u16(area.length), area, u16(name.length), name]));
  }

  private define(parameters: Buffer): Uint8Array {
    const noPassword = parameters.readUInt16BE(0) === 0;
    const area = parameters.subarray(4, 4 + parameters.readUInt16BE(2));
    const fits = area.length === 14 && area.readUInt32BE(0) === USER_DATA && area.readUInt16BE(12) === 64;
    if (!noPassword || !fits || area.readUInt32BE(6) !== 0x00060006) return answer(0x8001, 0x1d5);
    if (this.userData) return answer(0x8001, 0x14c);
    this.userData = Buffer.alloc(64);
    return answer(0x8002, 0, withSession(Buffer.alloc(0)));
  }

  private write(index: number, parameters: Buffer): Uint8Array {
    if (index !== USER_DATA || !this.userData) return answer(0x8001, 0x28b);
    const data = parameters.subarray(2, 2 + parameters.readUInt16BE(0));
    if (data.length !== this.userDataBytes || parameters.readUInt16BE(2 + data.length) !== 0)
      return answer(0x8001, 0x146);
    this.userData = Buffer.from(data);
    return answer(0x8002, 0, withSession(Buffer.alloc(0)));
  }

  private read(index: number, parameters: Buffer): Uint8Array {
    const content = index === REPORT && this.hardware ? this.report(parameters.readUInt16BE(2)) : undefined;
    if (!content) return answer(0x8001, 0x28b);
    const [count, offset] = [parameters.readUInt16BE(0), parameters.readUInt16BE(2)];
    if (count > 1024) return answer(0x8001, 0x1d5);
    if (offset + count > content.length) return answer(0x8001, 0x146);
    const piece = content.subarray(offset, offset + count);
    return answer(0x8002, 0, withSession(Buffer.concat([u16(piece.length), piece])));
  }

  /** Made anew when it is read from its beginning. */
  private report(offset: number): Buffer {
    if (offset === 0 && this.staleReadings-- <= 0) this.shown = this.userData ?? Buffer.alloc(64);
    return hclReport(this.hardware ?? 'snp', this.shown);
  }

  private sizeOf(index: number): number | undefined {
    if (index === REPORT) return this.hardware && 2600;
    return index === USER_DATA && this.userData ? this.userDataBytes : undefined;
  }
}

function answer(tag: number, code: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(10);
  header.writeUInt16BE(tag, 0);
  header.writeUInt32BE(10 + body.length, 2);
  header.writeUInt32BE(code, 6);
  return Buffer.concat([header, body]);
}

function withSession(parameters: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(parameters.length);
  return Buffer.concat([size, parameters, Buffer.from('0000010000', 'hex')]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
