import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type * as Verifier from '../../web/verifier/verifier.js';
import { launchBrowser } from '../support/browser.js';
import { ownVectorsPath } from '../support/ownVectors.js';
import { checkout, describeWithShared, sharedPath } from '../support/shared.js';

let browser: Browser;
let server: Server;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  // What others would put on their own site: one page, one file, and a policy that allows nothing else.
  const script = readFileSync(join(checkout, 'dist/web/verifier/verifier.js'));
  server = createServer((request, response) => {
    const isScript = request.url === '/verifier.js';
    response.writeHead(200, {
      'content-type': isScript ? 'text/javascript' : 'text/html',
      'content-security-policy': "default-src 'none'; script-src 'self'",
    });
    response.end(isScript ? script : '<!doctype html><title>verifier</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await launchBrowser();
  page = await browser.newPage();
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => complaints.push(message.text()));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});

afterAll(async () => {
  await browser.close();
  server.close();
});

for (const folder of [
  'vectors/dcap-real',
  'vectors/dcap-mutated',
  'vectors/dcap-synthetic',
  'vectors/snp',
  'vectors/maa',
  'vectors/maa-exchanges',
  'vectors/maa-samples',
  'vectors/azure-hcl',
]) {
  describeWithShared(`in Chromium, ${folder}`, folder, () => {
    test('gives every verdict that the cases state', () => judgeAll(sharedPath(folder)));
  });
}

describe('in Chromium, the vectors of this checkout', () => {
  test.each(['dcap', 'sev-snp', 'azure-hcl', 'tokens'])('give every verdict that the cases of %s state', (folder) =>
    judgeAll(ownVectorsPath(folder)),
  );
});

/** Sends a whole folder into the page, has the verifier there judge it, and expects that all agree. */
async function judgeAll(folder: string): Promise<void> {
  const files = readdirSync(folder).filter((name) => name !== 'SOURCE.md');
  const contents = files.map((name) => [name, readFileSync(join(folder, name)).toString('base64')]);
  const verdicts = await page.evaluate(async (entries) => {
    const bytes = new Map(
      entries.map(([name = '', base64 = '']) => [name, Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))]),
    );
    const source = '/verifier.js';
    const { judgeFile } = (await import(source)) as typeof Verifier;
    const text = (name: string) => {
      const found = bytes.get(name);
      return found && new TextDecoder().decode(found);
    };
    const cases = [...bytes.keys()].filter((name) => /\.(json|txt|bin)$/.test(name));
    return Promise.all(cases.map((name) => judgeFile({ name, bytes: bytes.get(name) ?? new Uint8Array() }, text)));
  }, contents);
  expect(verdicts.length).toBeGreaterThan(0);
  expect(verdicts.filter(({ disagreements }) => disagreements.length > 0)).toEqual([]);
  expect(complaints).toEqual([]);
}
