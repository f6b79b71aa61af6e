import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createGatewayClient, type GatewayClient } from '../../cli/gatewayClient.js';
import { readImageFile, type ImageFile } from '../../cli/imageFile.js';
import { signInWithPassword } from '../../cli/signIn.js';
import { AUDIENCE } from '../../deploy/local/addresses.js';
import { DEMONSTRATION_PASSWORD } from '../../deploy/local/identity/people.js';
import type { RunningTestSystem } from '../e2e/support/system.js';

export async function signedInClient({ addresses }: RunningTestSystem, account = 'clinician'): Promise<GatewayClient> {
  const credentials = { account, password: DEMONSTRATION_PASSWORD, audience: AUDIENCE };
  return createGatewayClient(
    addresses.gateway,
    await signInWithPassword({ issuer: addresses.identity, ...credentials }),
  );
}

/** The synthetic films that the demonstration patients have. */
export function demonstrationImages(root: string): Promise<ImageFile[]> {
  const folder = join(root, 'subgraphs/patient/demo');
  const names = readdirSync(folder).filter((name) => /\.(png|jpg|dcm)$/.test(name));
  return Promise.all(names.map((name) => readImageFile(join(folder, name))));
}
