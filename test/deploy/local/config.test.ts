import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { helpText, parseLocalConfig } from '../../../deploy/local/config.js';
import { LISTENERS, flagOf, listenerNames } from '../../../deploy/local/listeners.js';

describe('the settings of the local system', () => {
  test('start from port 4000 and the folder .cloister', () => {
    const config = parseLocalConfig([], {});
    expect(config).toMatchObject({ data: resolve('.cloister'), demoData: true, logLevel: 'info' });
    expect(config.ports).toMatchObject({
      gateway: 4000,
      'attestation-service': 4001,
      portal: 4003,
      'inference-attested': 4014,
      'patient-management': 4021,
    });
  });

  test('move all ports with --port, and one with its own flag', () => {
    const { ports } = parseLocalConfig(['--port', '5000', '--portal-port=8080'], {});
    expect(ports).toMatchObject({ gateway: 5000, identity: 5002, portal: 8080, 'gateway-attested': 5010 });
  });

  test('are variables too, and a flag wins over its variable', () => {
    const env = {
      CLOISTER_PORT: '6000',
      CLOISTER_PORTAL_PORT: '6100',
      CLOISTER_DATA: 'somewhere',
      CLOISTER_NO_DEMO_DATA: 'yes',
    };
    expect(parseLocalConfig([], env)).toMatchObject({
      demoData: false,
      data: resolve('somewhere'),
      ports: { gateway: 6000, portal: 6100, identity: 6002 },
    });
    expect(parseLocalConfig(['--port', '7000', '--data', 'elsewhere'], env)).toMatchObject({
      data: resolve('elsewhere'),
      ports: { gateway: 7000, portal: 6100 },
    });
  });

  test.each([
    ['a port that is no number', ['--port', 'high'], /CLOISTER_PORT must be a whole number/],
    ['a port beyond the last', ['--port', '70000'], /CLOISTER_PORT/],
    ['a base that pushes other ports beyond the last', ['--port', '65530'], /CLOISTER_GATEWAY_ATTESTED_PORT/],
    ['two parts on one port', ['--portal-port', '4000'], /--port and --portal-port are both 4000/],
    ['a log level that there is not', ['--log-level', 'loud'], /CLOISTER_LOG_LEVEL/],
    ['a flag that there is not', ['--prot', '1'], /--prot/],
    ['a word', ['production'], /production/],
  ])('refuse %s and name it', (_what, args, message) => {
    expect(() => parseLocalConfig(args, {})).toThrow(message);
  });

  test('are all in --help, with variable and default', () => {
    const help = helpText();
    for (const listener of listenerNames) {
      expect(help).toContain(`--${flagOf(listener)} N`);
      expect(help).toContain(String(4000 + LISTENERS[listener].offset));
    }
    for (const word of ['--data FOLDER', 'CLOISTER_DATA', '--no-demo-data ', 'CLOISTER_PORT ', '--log-level LEVEL'])
      expect(help).toContain(word);
  });
});
