import { describe, expect, test } from '@jest/globals';
import { collateralSettings, parseCollateralSources, unsafeSources } from '../../../runtime/collateral/settings.js';
import { parseConfig } from '../../../runtime/config.js';

const parse = (env: Record<string, string>) => parseConfig(collateralSettings, env);

describe('the settings of collateral', () => {
  test('have defaults that ask nobody over the network', () => {
    const config = parse({});
    expect(config.collateralSources).toEqual([{ kind: 'file', path: '.cloister/insecure-platform/collateral.json' }]);
    expect(config).toMatchObject({ collateralCache: '', collateralAllowHttp: 'no', pcsSubscriptionKey: '' });
    expect(unsafeSources(config)).toEqual([]);
  });

  test.each([
    ['none', [{ kind: 'none' }]],
    [
      'pcs,kds',
      [
        { kind: 'pcs', url: 'https://api.trustedservices.intel.com' },
        { kind: 'kds', url: 'https://kdsintf.amd.com' },
      ],
    ],
    [
      ' file=a/b=c.json , pccs=https://pccs.example.org:8081/sgx/certification/v4/ ',
      [
        { kind: 'file', path: 'a/b=c.json' },
        { kind: 'pccs', url: 'https://pccs.example.org:8081/sgx/certification/v4' },
      ],
    ],
    ['kds=http://127.0.0.1:8080', [{ kind: 'kds', url: 'http://127.0.0.1:8080' }]],
  ])('name sources in order: %s', (text, expected) => {
    expect(parseCollateralSources(text)).toEqual(expected);
  });

  test.each([
    ',',
    'pccs',
    'pccs=',
    'pccs=pccs.example.org',
    'pccs=ftp://pccs.example.org',
    'pccs=https://user:secret@pccs.example.org',
    'kds=https://kds.example.org/?key=secret',
    'file=',
    'file',
    'none=x',
    'none,pcs',
    'azure',
    Array(9).fill('pcs').join(','),
  ])('refuse %s', (text) => {
    expect(() => parse({ CLOISTER_COLLATERAL_SOURCES: text })).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION_INVALID',
        message: expect.stringMatching(/^CLOISTER_COLLATERAL_SOURCES must (not )?name|be made of/),
      }),
    );
  });

  test('never show a secret that was put into the wrong place', () => {
    expect(() => parse({ CLOISTER_COLLATERAL_SOURCES: 'pccs=https://u:secret@x' })).toThrow(/^((?!secret).)*$/);
  });

  test('say which sources would be asked in the open', () => {
    const insecure = { CLOISTER_COLLATERAL_SOURCES: 'pccs=http://10.0.0.1,kds=http://localhost:1,pcs' };
    const root = { CLOISTER_PCS_ROOT_CRL_URL: 'http://crl.example.org/root.der' };
    expect(unsafeSources(parse({ ...insecure, ...root }))).toEqual([
      'http://10.0.0.1',
      'http://crl.example.org/root.der',
    ]);
    expect(unsafeSources(parse({ ...insecure, CLOISTER_COLLATERAL_ALLOW_HTTP: 'yes' }))).toEqual([]);
  });
});
