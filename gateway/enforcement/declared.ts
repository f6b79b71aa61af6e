import { Kind, type ConstDirectiveNode } from 'graphql';
import { Refusal } from '../../enclave/refusals.js';
import { allDemands, type Alternatives, type CallerDemand } from './requirement.js';
import { argument, directivesNamed, stringArgument, type Annotated, type Supergraph } from './supergraph.js';

/** The policies of @attested at one place of the SDL; more than one where the directive is repeated. */
export function policiesAt(supergraph: Supergraph, node: Annotated | undefined | null): string[] {
  return directivesNamed(node, supergraph.directiveNames.attested).map(
    (directive) => stringArgument(directive, 'policy') ?? '',
  );
}

/** What @authenticated, @requiresScopes and @policy at one place of the SDL ask of the caller. */
export function demandAt({ directiveNames }: Supergraph, node: Annotated | undefined | null): CallerDemand {
  const demand = (part: Partial<CallerDemand>): CallerDemand => ({
    authenticated: false,
    scopes: [],
    authorizations: [],
    ...part,
  });
  return allDemands([
    demand({ authenticated: directivesNamed(node, directiveNames.authenticated).length > 0 }),
    ...directivesNamed(node, directiveNames.requiresScopes).map((directive) =>
      demand({ scopes: alternatives(directive, 'scopes') }),
    ),
    ...directivesNamed(node, directiveNames.policy).map((directive) =>
      demand({ authorizations: alternatives(directive, 'policies') }),
    ),
  ]);
}

/** @throws Refusal CONFIGURATION_INVALID for an empty list: it would ask for nothing, or be met by nobody. */
function alternatives(directive: ConstDirectiveNode, name: string): Alternatives {
  const value = argument(directive, name);
  if (value?.kind !== Kind.LIST || value.values.length === 0) {
    throw new Refusal('CONFIGURATION_INVALID', `A field asks for ${name} and names none.`);
  }
  return value.values.map((set) => {
    const names =
      set.kind === Kind.LIST
        ? set.values.flatMap((item) => (item.kind === Kind.STRING ? [item.value] : [])).sort()
        : [];
    if (names.length === 0) {
      throw new Refusal('CONFIGURATION_INVALID', `A field asks for ${name} with a set that is empty.`);
    }
    return names;
  });
}
