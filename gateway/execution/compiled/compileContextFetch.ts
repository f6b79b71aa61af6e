import { compileEntityLanding, Batch } from './compileEntityFetch.js';
import { groupByContext, GroupedOperation, MAXIMUM_GROUPS, type ContextGroup } from './contextValues.js';
import { quote } from './jsonText.js';
import type { EntityFetch, PlannedFetch } from './plan.js';
import { compileRepresentation } from './representations.js';
import type { Run } from './run.js';
import { sendFetch, variablesText, type FetchCompiler, type StartFetch } from './sendFetch.js';

/** A fetch with arguments from enclosing objects: entities are asked for in groups that have the same values. */
export function compileContextFetch(fetch: PlannedFetch, entity: EntityFetch, compiler: FetchCompiler): StartFetch {
  const { supergraph } = compiler;
  const grouped = new GroupedOperation(fetch, entity);
  const write = compileRepresentation(entity, fetch.subgraph, supergraph);
  const land = compileEntityLanding(fetch, entity, compiler);
  const start = async (groups: readonly ContextGroup[], run: Run): Promise<() => void> => {
    let body = `{"query":${grouped.textFor(groups.length)},"variables":{`;
    const lists = groups.map(({ entities, values }, index) => {
      const batch = new Batch(write);
      entities.forEach(batch.add);
      if (index > 0) body += ',';
      body += `${quote(GroupedOperation.nameFor(entity.variable, index))}:[${batch.text}]`;
      for (const [name, text] of values) body += `,${quote(GroupedOperation.nameFor(name, index))}:${text}`;
      return batch.slots;
    });
    const variables = variablesText(fetch, run);
    body += variables === '' ? '}}' : `,${variables}}}`;
    const answer = await sendFetch(fetch, body, run, compiler);
    return () => lists.forEach((slots, index) => land(answer, GroupedOperation.aliasFor(index), slots, run));
  };
  return (run) => {
    const groups = groupByContext(run.data, entity, supergraph)
      .map((group) => ({ ...group, entities: group.entities.filter((object) => write(object) !== undefined) }))
      .filter(({ entities }) => entities.length > 0);
    if (groups.length === 0) return undefined;
    const fetches: Promise<() => void>[] = [];
    for (let from = 0; from < groups.length; from += MAXIMUM_GROUPS) {
      fetches.push(start(groups.slice(from, from + MAXIMUM_GROUPS), run));
    }
    return Promise.all(fetches).then((finishes) => () => {
      for (const finish of finishes) finish();
    });
  };
}
