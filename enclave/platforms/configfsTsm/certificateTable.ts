import type { AmdCertificates } from '../amdCertificates.js';

/** GUIDs of the table (AMD, SEV-ES Guest-Hypervisor Communication Block Standardization), bytes in the order written. */
const NAMES = new Map<string, keyof AmdCertificates>([
  ['63da758de6644564adc5f4b93be8accd', 'vcek'],
  ['a8074bc2a25a483eaae639c045a0b8a1', 'vlek'],
  ['4ab7b379bbac4fe4a02f05aef327c782', 'ask'],
  ['c0b406a4a803495297433fb6014cd0ae', 'ark'],
]);
/** GUID, u32 offset from the table's begin, u32 length. */
const ENTRY_BYTES = 24;
const LAST_GUID = '0'.repeat(32);
const MAXIMUM_ENTRIES = 32;

/**
 * The certificates that a host hands to its SEV-SNP guests beside each report. The host may write anything here: nothing is
 * believed of it before a verifier has followed the chain to AMD's root. Other entries (CRLs, the host's own) are skipped.
 *
 * @throws RangeError where an entry points outside, is there twice, or the table does not end.
 */
export function readCertificateTable(table: Uint8Array): AmdCertificates {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const found: { -readonly [Name in keyof AmdCertificates]: AmdCertificates[Name] } = {};
  for (let entry = 0; entry < MAXIMUM_ENTRIES; entry++) {
    const at = entry * ENTRY_BYTES;
    if (at + ENTRY_BYTES > table.length) throw new RangeError(`no end within ${table.length} bytes`);
    const guid = Buffer.from(table.subarray(at, at + 16)).toString('hex');
    if (guid === LAST_GUID) return found;
    const [offset, length] = [view.getUint32(at + 16, true), view.getUint32(at + 20, true)];
    if (offset + length > table.length)
      throw new RangeError(`entry ${entry} ends at ${offset + length} of ${table.length} bytes`);
    const name = NAMES.get(guid);
    if (name === undefined) continue;
    if (found[name] !== undefined) throw new RangeError(`the ${name} is there twice`);
    found[name] = table.slice(offset, offset + length);
  }
  throw new RangeError(`more than ${MAXIMUM_ENTRIES} entries`);
}
