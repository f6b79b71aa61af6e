import { findRunning } from '../../deploy/local/running.js';
import { EXIT, type Command } from '../command.js';
import { objectOf } from '../http.js';
import { dataOption, filesOf } from '../target.js';
import { columns } from '../terminal.js';

interface PartStatus {
  readonly name: string;
  readonly state: 'ready' | 'not ready' | 'does not answer';
  readonly reasons: readonly string[];
}

export const status: Command = {
  name: 'status',
  synopsis: '[--json]',
  summary: 'Says which parts of the local system run and are ready.',
  details: 'Exit code 0: all are ready. 1: not all are. 3: no system runs on the data folder.',
  options: { ...dataOption, json: { type: 'boolean', help: 'Print one JSON object.' } },
  words: [0, 0],
  async run(invocation) {
    const { flags, terminal } = invocation;
    const files = filesOf(invocation);
    const { addresses, pid, ports, startedAt } = findRunning(files);
    const management = (['patient', 'attestation', 'diagnosis', 'inference'] as const).map((name) =>
      ask(name, `http://127.0.0.1:${ports[`${name}-management`]}/readyz`),
    );
    const parts = await Promise.all([
      ask('portal', addresses.portal),
      ask('identity', `${addresses.identity}/healthz`),
      ask('attestation-service', `${addresses.attestationService}/certs`),
      ask('gateway', `${addresses.gateway}/readyz`),
      ...management,
    ]);
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    if (flags.json === true) terminal.out(JSON.stringify({ pid, seconds, data: files.folder, addresses, parts }));
    else {
      terminal.out(`Runs as process ${pid} for ${seconds} s, on ${files.folder}. Attestation: SIMULATED.`);
      for (const line of columns(
        parts.map(({ name, reasons, state }) => [name, [state, ...reasons].join('; ')]),
        '  ',
      ))
        terminal.out(line);
      terminal.out(`Portal ${addresses.portal}   GraphQL ${addresses.gateway}/graphql`);
    }
    return parts.every(({ state }) => state === 'ready') ? EXIT.ok : EXIT.refused;
  },
};

async function ask(name: string, url: string): Promise<PartStatus> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(3000) });
    const body = await answer.text();
    if (answer.ok) return { name, state: 'ready', reasons: [] };
    return { name, state: 'not ready', reasons: reasonsIn(body) };
  } catch {
    return { name, state: 'does not answer', reasons: [] };
  }
}

function reasonsIn(body: string): string[] {
  try {
    const { reasons } = objectOf(JSON.parse(body));
    return Array.isArray(reasons) ? reasons.map(String) : [];
  } catch {
    return [];
  }
}
