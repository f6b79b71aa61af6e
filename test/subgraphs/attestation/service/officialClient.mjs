// Runs calls of the official client of Azure Attestation, unmodified. In a process of its own, because Node reads
// NODE_EXTRA_CA_CERTS at its start. Standard input: {url, token, steps: [{method, args}]}; standard output: one entry a step.
import { Buffer } from 'node:buffer';
import { text } from 'node:stream/consumers';
import { AttestationAdministrationClient, AttestationClient } from '@azure/attestation';

const { url, token, steps } = JSON.parse(await text(process.stdin), (_, value) =>
  typeof value?.bytes === 'string' ? new Uint8Array(Buffer.from(value.bytes, 'base64')) : value,
);
const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) };
const attestation = new AttestationClient(url);
const administration = new AttestationAdministrationClient(url, credential, { retryOptions: { maxRetries: 0 } });

const answers = [];
for (const { method, args } of steps) {
  const client = method in attestation ? attestation : administration;
  try {
    const response = await client[method](...args);
    const value = response?.body ?? response;
    answers.push({ value: plain(value), claims: response?.token?.getBody() });
  } catch (error) {
    answers.push({ error: String(error.message), code: error.code, status: error.statusCode });
  }
}
console.log(JSON.stringify(answers));

/** Results are objects with getters. */
function plain(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const getters = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(value));
  const named = Object.keys(getters).filter((name) => getters[name].get && name !== '__proto__');
  return Object.fromEntries([...Object.keys(value), ...named].map((name) => [name, value[name]]));
}
