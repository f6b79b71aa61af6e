import { expect, test } from '@jest/globals';
import { addressesOf } from '../../../deploy/local/addresses.js';
import { parseLocalConfig } from '../../../deploy/local/config.js';
import { people } from '../../../deploy/local/identity/people.js';
import { startTable } from '../../../deploy/local/table.js';

const addresses = addressesOf(parseLocalConfig(['--port', '5000'], {}).ports);
const table = startTable({ addresses, seconds: 3.21, demoData: true, data: '/data' });

test('the table shows where everything is, who can sign in, and what to do next', () => {
  for (const text of [
    'http://localhost:5003',
    'http://localhost:5000/graphql',
    'http://localhost:5000/graphiql',
    'npx cloister diagnose FILE',
    'Ctrl-C',
    '3.2 s',
  ])
    expect(table).toContain(text);
  for (const { id } of people) expect(table).toContain(id);
  expect(table).toContain('the password of each is cloister');
});

test('the table says in clear words that attestation is simulated', () => {
  expect(table).toContain('Attestation: SIMULATED.');
  expect(table).toContain('Do not enter data of real people.');
});

test('no line is wider than a terminal of 120 columns', () => {
  expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
});
