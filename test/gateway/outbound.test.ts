import { Socket, type SocketConnectOpts } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestSystem, type TestSystem } from './support/system.js';

/**
 * Apollo's packages call their maker's servers and cloud metadata services unless they are told not to, and some of that is
 * switched on by the environment. Here everything is switched on, and every connection of the process is written down.
 */
const tempting = {
  APOLLO_KEY: 'service:cloister:key',
  APOLLO_GRAPH_REF: 'cloister@current',
  APOLLO_SCHEMA_REPORTING: 'true',
  APOLLO_TELEMETRY_DISABLED: undefined,
};
const original = Object.fromEntries(Object.keys(tempting).map((name) => [name, process.env[name]]));
// eslint-disable-next-line @typescript-eslint/unbound-method -- put back as it was.
const connect = Socket.prototype.connect;
const hosts = new Set<string>();
let system: TestSystem;

const setEnvironment = (values: Readonly<Record<string, string | undefined>>) => {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
};

beforeAll(async () => {
  setEnvironment(tempting);
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
    const [first] = (Array.isArray(args[0]) ? args[0] : args) as [SocketConnectOpts | number];
    hosts.add(typeof first === 'object' && 'host' in first ? String(first.host) : JSON.stringify(first));
    return connect.apply(this, args as Parameters<typeof connect>);
  };
  system = await startTestSystem();
});

afterAll(async () => {
  Socket.prototype.connect = connect;
  setEnvironment(original);
  await system.close();
});

test('the gateway connects to nobody but its own parties, whatever the environment says', async () => {
  await system.graphql('{ about studies { finding } patient(id: 1) { name score } }', { scopes: [] });
  await system.graphql('{ broken }');
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect([...hosts]).toEqual(['127.0.0.1']);
});
