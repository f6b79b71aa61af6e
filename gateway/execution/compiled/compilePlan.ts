import { compileFetch } from './compileFetch.js';
import type { FetchCompiler, StartFetch } from './sendFetch.js';
import type { PlanNode } from './plan.js';
import type { Run } from './run.js';

/** Runs a part of a plan. What it resolves to, if anything, still has to be put into the data. */
type StartNode = (run: Run) => Promise<(() => void) | undefined> | undefined;

/** A plan as closures: what is known before the request is done once. */
export type RunPlan = (run: Run) => Promise<void>;

export function compilePlan(node: PlanNode | undefined, compiler: FetchCompiler): RunPlan {
  if (node === undefined) return () => Promise.resolve();
  const start = compileNode(node, compiler);
  return async (run) => {
    const finish = await start(run);
    finish?.();
  };
}

function compileNode(node: PlanNode, compiler: FetchCompiler): StartNode {
  switch (node.kind) {
    case 'Fetch': {
      const start: StartFetch = compileFetch(node, compiler);
      return start;
    }
    case 'Sequence': {
      const starts = node.nodes.map((child) => compileNode(child, compiler));
      return async (run) => {
        for (const start of starts) {
          const finish = await start(run);
          finish?.();
        }
        return undefined;
      };
    }
    case 'Parallel': {
      const starts = node.nodes.map((child) => compileNode(child, compiler));
      return (run) => {
        const running = starts.map((start) => start(run)).filter((started) => started !== undefined);
        if (running.length === 0) return undefined;
        // Answers are merged in the order of the plan, not of their arrival: the same answers give the same data.
        return Promise.all(running).then((finishes) => () => {
          for (const finish of finishes) finish?.();
        });
      };
    }
    case 'Condition': {
      const { variable } = node;
      const then = node.then && compileNode(node.then, compiler);
      const otherwise = node.otherwise && compileNode(node.otherwise, compiler);
      return (run) => (run.variables.get(variable) === true ? then : otherwise)?.(run);
    }
  }
}
