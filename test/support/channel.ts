import { createPublicKey, sign } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach } from '@jest/globals';
import { Pool } from 'undici';
import { writePem } from '../../enclave/asn1/pem.js';
import { writeCertificate } from '../../enclave/asn1/writeCertificate.js';
import type { AttestedClientOptions } from '../../enclave/channel/client.js';
import { attestedConnector } from '../../enclave/channel/client.js';
import type { Credential } from '../../enclave/channel/credential.js';
import type { AppraisePeer } from '../../enclave/channel/peer.js';
import { createPeerAppraisal, peerOf } from '../../enclave/channel/peer.js';
import type { AttestedServerOptions } from '../../enclave/channel/server.js';
import { createAttestedServer } from '../../enclave/channel/server.js';
import type { Refusal } from '../../enclave/refusals.js';
import { createResultVerifier } from '../../enclave/results/resultVerifier.js';
import {
  createTestCredential,
  createTestIssuer,
  credentialOf,
  TEST_NOW,
  testPolicy,
  testReferenceValues,
} from './issuer.js';

/** Attested servers and clients over real sockets, for the tests of enclave/channel. */

export const issuer = createTestIssuer();
export const gateway = createTestCredential(issuer, 'gateway');
export const patient = createTestCredential(issuer, 'patient');

export function appraisal(expectEnclave?: string, now = () => TEST_NOW + 10): AppraisePeer {
  const verifyResult = createResultVerifier({ issuers: [issuer.trusted], getKeys: issuer.keys, now });
  return createPeerAppraisal({
    verifyResult,
    policies: [testPolicy],
    referenceValues: testReferenceValues,
    expectEnclave,
    now,
  });
}

/** Closed after each test, last first. */
export const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export interface Running {
  readonly server: Server;
  readonly port: number;
  readonly refusals: Refusal[];
  /** Requests that reached the listener. */
  readonly requests: string[];
}

export async function serve(
  options: Partial<AttestedServerOptions> & { credential?: () => Credential } = {},
  listener?: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Running> {
  const refusals: Refusal[] = [];
  const requests: string[] = [];
  const server = createAttestedServer(
    {
      credential: () => patient.credential,
      appraisePeer: appraisal(),
      now: () => TEST_NOW + 10,
      onRefusal: (refusal) => refusals.push(refusal),
      ...options,
    },
    (request, response) => {
      requests.push(request.url ?? '');
      if (listener) listener(request, response);
      else response.end(peerOf(request).enclave);
    },
  );
  const port = await listen(server);
  return { server, port, refusals, requests };
}

export async function listen(
  server: { listen(port: number, host: string): unknown } & NodeJS.EventEmitter,
): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    const closing = server as unknown as Server;
    closing.close();
    // Not every server of these tests speaks HTTP.
    if ('closeAllConnections' in server) closing.closeAllConnections();
  });
  return ((server as unknown as Server).address() as AddressInfo).port;
}

export function clientOptions(change: Partial<AttestedClientOptions> = {}): AttestedClientOptions {
  return { credential: () => gateway.credential, appraisePeer: appraisal(), now: () => TEST_NOW + 10, ...change };
}

export function pool(port: number, change: Partial<AttestedClientOptions> = {}): Pool {
  const made = new Pool(`https://127.0.0.1:${port}`, {
    connect: attestedConnector(clientOptions(change)),
    connections: 4,
  });
  cleanups.push(() => made.destroy());
  return made;
}

export async function get(from: Pool, path = '/'): Promise<string> {
  const { body } = await from.request({ method: 'GET', path });
  return body.text();
}

/** Waits until the server has refused `count` connections. */
export async function refused(running: Running, count = 1): Promise<readonly string[]> {
  for (let i = 0; i < 200 && running.refusals.length < count; i++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return running.refusals.map((refusal) => refusal.code);
}

/** Everything that comes until the other side closes. */
export function received(socket: Socket | undefined): Promise<Buffer> {
  if (!socket) return Promise.resolve(Buffer.of());
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks)));
    socket.on('end', () => socket.end());
  });
}

/** A self-signed certificate as any tool would make it. */
export function plainCertificate(): Credential {
  const { privateKey } = gateway;
  const name = { commonName: 'localhost' };
  const der = writeCertificate({
    subject: name,
    issuer: name,
    publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    signWith: { algorithm: 'ecdsa-with-SHA256', sign: (bytes) => sign('sha256', bytes, privateKey) },
    serial: Uint8Array.of(1),
    notBefore: TEST_NOW * 1000,
    notAfter: (TEST_NOW + 60) * 1000,
  });
  return { ...gateway.credential, certificate: writePem(der) };
}
/** A change of what one side shows, and the code with which the other side refuses it. */
export const strangers: [string, () => Credential, string][] = [
  ['an unknown measurement', () => createTestCredential(issuer, 'stranger').credential, 'POLICY_NOT_SATISFIED'],
  [
    'an enclave that the policy does not name',
    () => createTestCredential(issuer, 'attestation').credential,
    'POLICY_NOT_SATISFIED',
  ],
  [
    'a simulated enclave',
    () => createTestCredential(issuer, 'patient', { 'x-cloister-simulated': true }).credential,
    'POLICY_NOT_SATISFIED',
  ],
  [
    'a debug enclave',
    () => createTestCredential(issuer, 'patient', { 'x-ms-sgx-is-debuggable': true }).credential,
    'POLICY_NOT_SATISFIED',
  ],
  [
    'an expired result',
    () => createTestCredential(issuer, 'patient', { exp: TEST_NOW + 5 }).credential,
    'RESULT_EXPIRED',
  ],
  [
    'a result of an unknown issuer',
    () => createTestCredential(createTestIssuer('https://other.example'), 'patient').credential,
    'RESULT_ISSUER_UNTRUSTED',
  ],
  [
    'a result signed by a stranger in the name of the issuer',
    () => createTestCredential(createTestIssuer(), 'patient').credential,
    'RESULT_SIGNATURE_INVALID',
  ],
  [
    "another enclave's result in its own certificate",
    () => credentialOf(createTestCredential(issuer, 'stranger').privateKey, patient.token),
    'RESULT_BINDING_MISMATCH',
  ],
  [
    'a result that vouches for no key',
    () => createTestCredential(issuer, 'patient', { 'x-ms-runtime': undefined }).credential,
    'RESULT_BINDING_MISMATCH',
  ],
  ['no result at all', () => plainCertificate(), 'RESULT_MISSING'],
];
