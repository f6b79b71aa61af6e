import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIdentityServer } from '../../../deploy/local/identity/server.js';
import { identityKeys } from '../../../deploy/local/identity/keys.js';
import { createProvider } from '../../../deploy/local/identity/provider.js';
import { createStaticServer } from '../../../web/server/staticServer.js';
import { startAttestationService, type RunningAttestationService } from '../../support/attestationService.js';
import { freePort } from '../../support/freePorts.js';
import { createClinic, type Clinic } from './clinic.js';
import { developmentPolicy, pinOf } from './pins.js';
import { createMemoryGateway, type MemoryGateway } from './gateway.js';
import { apiSchema } from './schema.js';

export interface Deployment {
  readonly portal: string;
  readonly gateway: MemoryGateway;
  readonly clinic: Clinic;
  readonly attestationService: RunningAttestationService;
  /** The config.json as served; tests write another. */
  readonly config: Record<string, unknown>;
  configure(changes: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
}

const AUDIENCE = 'urn:cloister:gateway';
const MEASUREMENT = createHash('sha256').update('the gateway under test').digest('hex');

/** The portal as it is deployed: the real static server, attestation service and identity provider around a gateway in memory. */
export async function startDeployment({ site }: { site: string }): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'cloister-portal-'));
  const configFile = join(folder, 'config.json');
  const [portalPort, identityPort] = [await freePort(), await freePort()];
  const portal = `http://localhost:${portalPort}`;
  const issuer = `http://localhost:${identityPort}`;

  const attestationService = await startAttestationService({ allowedOrigins: [portal] });
  const clinic = createClinic(Date.now());
  const gateway = await createMemoryGateway({
    clinic,
    schema: apiSchema(),
    platform: attestationService.platform,
    measurement: MEASUREMENT,
    portalOrigin: portal,
  });
  const keys = await identityKeys(join(folder, 'keys.json'));
  const provider = quietly(() => createProvider({ issuer, keys, portalOrigin: portal, audience: AUDIENCE }));
  const identity = createIdentityServer({ audience: AUDIENCE, provider });

  const gatewayPort = await listen(gateway.server, 0);
  await listen(identity, identityPort);
  const policy = await developmentPolicy();
  const config = {
    gateway: `http://localhost:${gatewayPort}`,
    attestationService: {
      url: attestationService.url,
      issuer: attestationService.issuer,
      certificateSha256: [pinOf(attestationService)],
    },
    identity: { issuer, clientId: 'cloister-portal' },
    referenceValues: { gateway: [{ measurement: MEASUREMENT }] },
    mode: 'development',
    policy,
    notice: policy.notice,
  };
  const configure = (changes: Record<string, unknown>) =>
    writeFile(configFile, JSON.stringify({ ...config, ...changes }));
  await configure({});
  const web = await createStaticServer({ portal: site, config: configFile });
  await listen(web, portalPort);

  return {
    portal,
    gateway,
    clinic,
    attestationService,
    config,
    configure,
    close: async () => {
      await Promise.all([web, identity, gateway.server].map(stop));
      await attestationService.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** The library prints advice for production; this provider is for development and says so itself. */
function quietly<T>(make: () => T): T {
  const { warn, info } = console;
  console.warn = console.info = () => undefined;
  try {
    return make();
  } finally {
    Object.assign(console, { warn, info });
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
