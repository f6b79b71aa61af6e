import { isOverrideOn, overrideLabels } from '../execution/compiled/overrides.js';
import type { PlanVariant } from '../http/servedSchema.js';

export interface OverrideChoice {
  readonly supergraphSdl: string;
  /** Labels, other than percentages, that are on. */
  readonly labels: readonly string[];
  /** From 0, below 1. */
  readonly random: () => number;
}

/**
 * Which progressive overrides are on for one request (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/directives#override):
 * `percent(x)` for x of a hundred requests, any other label where it is configured. Undefined where there is nothing to choose.
 */
export function chooseOverrides({ labels, random, supergraphSdl }: OverrideChoice): () => PlanVariant | undefined {
  const known = overrideLabels(supergraphSdl);
  const chosen = new Set(labels);
  if (known.length === 0) return () => undefined;
  return () => {
    const overrides = { labels: chosen, percentage: random() * 100 };
    const on = known.filter((label) => isOverrideOn(label, overrides));
    return { key: on.join(), overrides };
  };
}
