import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { requireLocalChannel } from '../../cli/gatewayChecks.js';
import { applyOverlay, parseOverlay, parsePolicy } from '../../enclave/appraisal/loadPolicies.js';
import { checkout } from '../support/shared.js';

const read = (file: string): unknown => JSON.parse(readFileSync(join(checkout, 'schema/policies', file), 'utf8'));
const published = parsePolicy(read('patient-record.json'));

test('nothing is sent over a plain connection under the policy as published', () => {
  expect(() => requireLocalChannel(published)).toThrow(expect.objectContaining({ code: 'CHANNEL_NOT_ACCEPTED' }));
});

test('the development overlay concedes a plain connection', () => {
  const overlay = parseOverlay(read('development.overlay.json'));
  expect(() => requireLocalChannel(applyOverlay(published, overlay))).not.toThrow();
});
