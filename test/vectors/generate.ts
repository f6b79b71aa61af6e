import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestAuthority } from '../support/dcapKit/testAuthority.js';
import { cases } from './cases.js';
import { AT } from './vectorCase.js';
import { writeVector } from './writeVector.js';

// Keys live as long as this process: all vectors are made anew together, and nobody can add one under the same root.
const authority = createTestAuthority(AT);
const strangers = createTestAuthority(AT);

const folder = join(dirname(fileURLToPath(import.meta.url)), 'dcap');
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) rmSync(join(folder, name));
writeFileSync(join(folder, 'test-root.pem'), authority.certificate('root'));
for (const vector of cases) {
  const content = writeVector(vector, vector.underAnotherRoot ? strangers : authority);
  writeFileSync(join(folder, `${vector.id}.json`), `${JSON.stringify(content, undefined, 1)}\n`, { flag: 'wx' });
}
console.log(`${cases.length} vectors written to ${folder}`);
