import { describe, expect, test } from '@jest/globals';
import type { PeerVerdict } from '../../../enclave/channel/peer.js';
import { refusedPeer } from '../../../enclave/channel/peer.js';
import { Refusal } from '../../../enclave/refusals.js';
import { createParties } from '../../../gateway/execution/parties.js';
import type { Subgraphs } from '../../../gateway/execution/subgraphs.js';

/** A party that was not good at first, and the tries to reach it. */
function partyThatIs(code: 'PEER_UNREACHABLE' | 'POLICY_NOT_SATISFIED') {
  let seconds = 1000;
  let tries = 0;
  const state: PeerVerdict = refusedPeer(new Refusal(code, 'At the last try.'));
  const verify = () => {
    tries += 1;
    return Promise.resolve(state);
  };
  const subgraphs = { names: ['patient'], connection: () => ({ state: () => state, verify }) } as unknown as Subgraphs;
  const parties = createParties({
    subgraphs,
    now: () => seconds,
    referenceValues: {},
    ownResult: () => {
      throw new Error('not asked for');
    },
  });
  return {
    parties,
    tries: () => tries,
    wait: (howLong: number) => (seconds += howLong),
  };
}

describe('a party that is not verified', () => {
  test.each([
    ['PEER_UNREACHABLE', 0.3],
    ['POLICY_NOT_SATISFIED', 2.1],
  ] as const)('because of %s is tried again after %s s, and not before', async (code, later) => {
    const party = partyThatIs(code);
    await party.parties.verify(['patient']);
    party.wait(later / 2);
    await party.parties.verify(['patient']);
    expect(party.tries()).toBe(1);
    party.wait(later / 2);
    await party.parties.verify(['patient']);
    expect(party.tries()).toBe(2);
  });
});
