import { Kind, type ConstDirectiveNode, type DocumentNode } from 'graphql';
import { Refusal } from '../../enclave/refusals.js';

/** Specifications that a supergraph may link for SECURITY and that are kept here: the executor hides and passes what they say. */
const KEPT: ReadonlySet<string> = new Set([
  'https://specs.apollo.dev/inaccessible',
  'https://specs.apollo.dev/context',
]);

/** Those that demand something of the caller or of an enclave, whatever they are linked for. */
const DEMANDING: ReadonlyMap<string, string> = new Map([
  ['https://specs.apollo.dev/authenticated', 'no authenticator is configured'],
  ['https://specs.apollo.dev/requiresScopes', 'no authenticator is configured'],
  ['https://specs.apollo.dev/policy', 'nobody evaluates policies'],
  ['https://cloister.example/attested', 'no enclave is verified'],
]);

/**
 * This gateway knows nobody who asks and verifies no enclave. A supergraph that demands either would be served without what
 * keeps its data.
 *
 * @throws Refusal CONFIGURATION_INVALID that names every such demand
 */
export function requireServable(supergraph: DocumentNode): void {
  const problems = [...linksOf(supergraph)].flatMap(({ identity, purpose, url }) => {
    const reason = DEMANDING.get(identity);
    if (reason !== undefined) return [`it demands ${url}, and ${reason} here`];
    if (purpose === 'SECURITY' && !KEPT.has(identity)) return [`it links ${url} for SECURITY, which is not known here`];
    if (purpose === 'EXECUTION' && !identity.startsWith('https://specs.apollo.dev/join')) {
      return [`it links ${url} for EXECUTION, which is not known here`];
    }
    return [];
  });
  if (problems.length > 0) {
    throw new Refusal('CONFIGURATION_INVALID', `The supergraph cannot be served: ${problems.join('; ')}.`);
  }
}

interface Link {
  readonly url: string;
  /** The URL without its version. */
  readonly identity: string;
  readonly purpose: string | undefined;
}

/** https://specs.apollo.dev/link/v1.0, and its predecessor `@core`. */
function* linksOf(supergraph: DocumentNode): Generator<Link> {
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const directive of definition.directives ?? []) {
      const url = textOf(directive, 'url') ?? textOf(directive, 'feature');
      if (url === undefined) continue;
      yield { url, identity: url.replace(/\/v\d+\.\d+\/?$/, ''), purpose: textOf(directive, 'for') };
    }
  }
}

function textOf(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}
