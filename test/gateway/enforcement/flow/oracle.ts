import { isChannelOf, type Attestation } from './attestation.js';
import { Tokens } from './world.js';

/** Watches the bytes: of every request to a subgraph, of every answer of one, and of the answer to the caller. */
export class Oracle {
  /** What should not have happened. */
  readonly violations: string[] = [];
  /** Attested values that were seen on their way to somebody who may have them. */
  seen = 0;

  constructor(
    readonly tokens: Tokens,
    readonly attestation: Attestation,
  ) {}

  sentTo(subgraph: string, text: string): void {
    this.#watch(text, `sent to ${subgraph}`, (policy, token) => {
      const isAllowed = this.#verified(subgraph, policy) && this.#verified('gateway', policy);
      return isAllowed && (!this.tokens.isSent(token) || this.#overChannel(policy));
    });
  }

  answeredBy(subgraph: string, text: string): void {
    this.#watch(
      text,
      `from ${subgraph} to the gateway`,
      (policy) => this.#verified(subgraph, policy) && this.#verified('gateway', policy),
    );
  }

  toldCaller(text: string): void {
    const { caller } = this.attestation;
    this.#watch(text, 'told the caller', (policy) => {
      if (caller.kind === 'anonymous') return false;
      return caller.kind === 'enclave' ? this.#verified('(caller)', policy) : this.#overChannel(policy);
    });
  }

  #verified(party: string, policy: string): boolean {
    return this.attestation.verified.has(`${party} ${policy}`);
  }

  #overChannel(policy: string): boolean {
    const { caller } = this.attestation;
    return caller.kind === 'enclave' || isChannelOf(policy, caller.channel);
  }

  #watch(text: string, where: string, isAllowed: (policy: string, token: string) => boolean): void {
    for (const token of Tokens.in(text)) {
      for (const policy of this.tokens.boundsOf(token)) {
        this.seen += 1;
        if (!isAllowed(policy, token)) this.violations.push(`${token} under ${policy} was ${where}: ${text}`);
      }
    }
  }
}
