import type { Overrides } from './planner.js';

/** Labels of `@override` in a supergraph. */
export function overrideLabels(sdl: string): string[] {
  return [...new Set([...sdl.matchAll(/overrideLabel:\s*"([^"]*)"/g)].map(([, label]) => label ?? ''))];
}

export function isOverrideOn(label: string, { labels, percentage }: Overrides): boolean {
  const percent = /^percent\((\d{1,3}(?:\.\d{1,8})?)\)$/.exec(label)?.[1];
  return percent === undefined ? labels.has(label) : percentage < Number(percent);
}
