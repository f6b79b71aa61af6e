import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { graphql, type GraphQLSchema } from 'graphql';
import { reportDataOf, runtimeDataOf } from '../../../enclave/evidence/runtimeData.js';
import type { InsecurePlatformFiles } from '../../../enclave/platforms/insecure/createPlatform.js';
import { insecurePlatform } from '../../../enclave/platforms/insecure/platform.js';
import { checkout } from '../../support/shared.js';
import type { Clinic } from './clinic.js';

export interface MemoryGateway {
  readonly server: Server;
  /** Everything but evidence that was asked for, as `METHOD path`: what the portal sent. */
  readonly sent: string[];
  /** What it claims to be; tests change it. */
  measurement: string;
  /** Answers this nonce instead of the one that it was given. */
  answersNonce: string | undefined;
  /** Access tokens are no longer taken. */
  refusesTokens: boolean;
}

export interface MemoryGatewayOptions {
  readonly clinic: Clinic;
  readonly schema: GraphQLSchema;
  readonly platform: InsecurePlatformFiles;
  readonly measurement: string;
  readonly portalOrigin: string;
}

/** The gateway's HTTP side in memory. Its evidence is real evidence of the insecure platform. */
export async function createMemoryGateway(options: MemoryGatewayOptions): Promise<MemoryGateway> {
  const { clinic, schema, platform, portalOrigin } = options;
  const { publicKey } = await generateKeyPair('ES256', { extractable: true });
  const keys: JWK[] = [{ ...(await exportJWK(publicKey)), kid: 'tls' }];
  const film = await readFile(join(checkout, 'subgraphs/patient/demo/pneumonia-4.png'));

  const gateway: MemoryGateway = {
    server: createServer((request, response) => {
      void answer(request, response).catch(() => response.destroy());
    }),
    sent: [],
    measurement: options.measurement,
    answersNonce: undefined,
    refusesTokens: false,
  };
  return gateway;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://gateway.test');
    response.setHeader('access-control-allow-origin', portalOrigin);
    response.setHeader('access-control-allow-headers', 'authorization, content-type');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    if (url.pathname === '/evidence') {
      send(response, 200, await evidence(url.searchParams.get('nonce') ?? ''));
      return;
    }
    gateway.sent.push(`${request.method ?? ''} ${url.pathname}`);
    if (gateway.refusesTokens || !request.headers.authorization?.startsWith('Bearer ')) {
      send(response, 401, { error: { code: 'UNAUTHENTICATED', message: 'No valid access token.' } });
      return;
    }
    if (url.pathname === '/graphql') {
      const { query, variables } = JSON.parse((await body(request)).toString()) as {
        query: string;
        variables: Record<string, unknown>;
      };
      send(response, 200, await graphql({ schema, source: query, variableValues: variables, rootValue: clinic.root }));
      return;
    }
    if (request.method === 'POST') {
      const file = await body(request);
      if (!isImage(file)) {
        send(response, 415, {
          error: {
            code: 'IMAGE_UNSUPPORTED',
            message: `A file of ${file.length} bytes that is neither PNG, JPEG nor DICOM.`,
          },
        });
        return;
      }
      send(response, 201, clinic.addStudy(url.searchParams.get('patient') ?? '', file));
      return;
    }
    response.writeHead(200, { 'content-type': 'image/png' }).end(film);
  }

  async function evidence(nonce: string) {
    const data = runtimeDataOf(keys, gateway.answersNonce ?? nonce);
    const quote = await insecurePlatform({ files: platform, measurement: gateway.measurement }).quote(
      await reportDataOf(data),
    );
    return {
      kind: 'SgxEnclave',
      quote: Buffer.from(quote).toString('base64url'),
      runtimeData: { data: Buffer.from(data).toString('base64url'), dataType: 'JSON' },
      simulated: true,
      platform: 'insecure',
    };
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function body(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function isImage(file: Buffer): boolean {
  return (
    file.subarray(1, 4).toString() === 'PNG' ||
    file.subarray(128, 132).toString() === 'DICM' ||
    file.readUInt16BE(0) === 0xffd8
  );
}
