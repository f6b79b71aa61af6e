import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { parseLocalConfig } from '../../../deploy/local/config.js';
import { LISTENERS, listenerNames } from '../../../deploy/local/listeners.js';
import { requireFreePorts } from '../../../deploy/local/ports.js';
import { freePortBase, listenOn } from '../../support/freePorts.js';

const offsets = listenerNames.map((listener) => LISTENERS[listener].offset);

describe('before anything starts', () => {
  test('free ports are accepted, and free again afterwards', async () => {
    const { ports } = parseLocalConfig(['--port', String(await freePortBase(offsets))], {});
    await requireFreePorts(ports);
    await requireFreePorts(ports);
  });

  test('a taken port is refused with its number, the part that needs it and the flag that moves it', async () => {
    const taken = await listenOn(0);
    const { port } = taken.address() as AddressInfo;
    const base = await freePortBase(offsets);
    const { ports } = parseLocalConfig(['--port', String(base), '--identity-port', String(port)], {});
    await expect(requireFreePorts(ports)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: `Port ${port}, which the development identity provider needs, is in use by another program; --identity-port N moves this one, --port N all of them.`,
    });
    taken.close();
  });

  test('every taken port is named at once', async () => {
    const base = await freePortBase(offsets);
    const taken = await Promise.all([base, base + 3].map(listenOn));
    const { ports } = parseLocalConfig(['--port', String(base)], {});
    await expect(requireFreePorts(ports)).rejects.toThrow(new RegExp(`Port ${base},.*Port ${base + 3},`));
    taken.forEach((server) => server.close());
  });
});
