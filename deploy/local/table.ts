import type { Addresses } from './addresses.js';
import { DEMONSTRATION_PASSWORD, ROLE_DESCRIPTIONS, people } from './identity/people.js';

export interface TableFacts {
  readonly addresses: Addresses;
  readonly seconds: number;
  readonly demoData: boolean;
  readonly data: string;
}

/** What the person at the terminal sees when everything serves. */
export function startTable({ addresses, data, demoData, seconds }: TableFacts): string {
  const { gateway, portal, attestationService, identity } = addresses;
  return [
    '',
    `Cloister is ready after ${seconds.toFixed(1)} s.`,
    '',
    ...aligned([
      ['Portal', portal],
      ['GraphQL', `${gateway}/graphql`],
      ['GraphiQL', `${gateway}/graphiql`],
      ['Schema', `${gateway}/schema.graphql`],
      ['Attestation service', attestationService],
      ['Identity (development)', identity],
      ['Data and logs', data],
    ]),
    '',
    `Sign in as one of these; the password of each is ${DEMONSTRATION_PASSWORD}, for demonstration:`,
    ...aligned(people.map(({ id, roles }) => [id, roles.map((role) => ROLE_DESCRIPTIONS[role]).join('; ')])),
    '',
    'Attestation: SIMULATED. Every check runs, but the enclaves are ordinary processes and no hardware stands behind them.',
    'Do not enter data of real people.',
    '',
    `Next: open ${portal}, sign in as clinician, ${demoData ? 'choose a patient' : 'register a patient'} and request a diagnosis; or try`,
    '  npx cloister diagnose FILE      a chest X-ray (PNG, JPEG or DICOM) from the command line',
    '  npx cloister verify             what the gateway proves about itself, check by check',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`);
}
