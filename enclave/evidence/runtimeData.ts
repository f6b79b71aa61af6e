import type { JWK } from 'jose';

/** Length of report_data in every TEE that we know. */
export const REPORT_DATA_BYTES = 64;

/**
 * The runtime data of an enclave: its public keys and, where a relying party asked for fresh evidence, that party's
 * nonce. The same arguments always give the same bytes; they travel unchanged, since the quote holds their digest.
 */
export function runtimeDataOf(keys: readonly JWK[], nonce?: string): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ keys: keys.map(sortedMembers), nonce }));
}

/** SHA-256 of the runtime data, then zeros: what the quote vouches for, in the form that Azure Attestation demands. */
export async function reportDataOf(runtimeData: Uint8Array): Promise<Uint8Array> {
  const reportData = new Uint8Array(REPORT_DATA_BYTES);
  reportData.set(new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', Uint8Array.from(runtimeData))));
  return reportData;
}

function sortedMembers(key: JWK): Record<string, unknown> {
  return Object.fromEntries(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1)));
}
