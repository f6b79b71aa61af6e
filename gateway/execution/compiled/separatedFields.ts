import type { ArgumentNode } from 'graphql';

/** A field with certain arguments, which planners know as a field of its own. */
export interface SeparatedField {
  readonly name: string;
  readonly arguments: readonly ArgumentNode[];
}

export type SeparatedFields = ReadonlyMap<string, SeparatedField>;

/** Which separated fields a field of a type needs, anywhere below. */
export type RequirementsOf = (type: string, field: string) => ReadonlySet<string>;
