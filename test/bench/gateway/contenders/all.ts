import { apollo, apolloUndici } from './apollo.js';
import { cloisterExecutor, cloisterGateway, cloisterRoomy } from './cloister.js';
import type { Contender } from './contender.js';
import { hiveDefault, hiveRust, hiveRustAlone, hiveRustInbound } from './hive.js';
import { mercurius } from './mercurius.js';

/** The first is what all others are compared with. */
export const CONTENDERS: readonly [Contender, ...Contender[]] = [
  apollo,
  apolloUndici,
  mercurius,
  hiveDefault,
  hiveRust,
  hiveRustAlone,
  hiveRustInbound,
  cloisterGateway,
  cloisterRoomy,
  cloisterExecutor,
];
