import type { SubgraphName } from '../retail/subgraphs.js';

/** What a gateway needs to be started. */
export interface StartOptions {
  /** Of the checkout. */
  readonly root: string;
  readonly port: number;
  /** The file of the composed supergraph, in which the addresses of the subgraphs are. */
  readonly supergraphFile: string;
  readonly urls: Readonly<Record<SubgraphName, string>>;
  /** Options for Node, before the script. */
  readonly nodeOptions: readonly string[];
}

export interface StartCommand {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Where it answers GraphQL. */
  readonly path: string;
}

/** A gateway that takes part. */
export interface Contender {
  /** For `--only`. */
  readonly key: string;
  /** For people. */
  readonly name: string;
  /** Whether it answers several equal requests with the work of one. */
  readonly coalesces: boolean;
  /** Makes ready what it needs: installs it, for instance. Answers why it cannot take part, or undefined. */
  readonly prepare?: (root: string, tell: (line: string) => void) => Promise<string | undefined>;
  readonly start: (options: StartOptions) => StartCommand;
}
