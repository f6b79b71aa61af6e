import type { Hidden } from './hide.js';
import { argumentCoordinate, argumentsOf, membersOf, type TaggedSchema } from './taggedSchema.js';

/** Every coordinate that a contract shows: not hidden, and inside nothing that is. */
export function visibleCoordinates({ types }: TaggedSchema, hidden: Hidden): ReadonlySet<string> {
  const visible = new Set<string>();
  for (const [name, type] of types) {
    if (hidden.has(name)) continue;
    visible.add(name);
    for (const member of membersOf(type)) {
      const coordinate = `${name}.${member.name.value}`;
      if (hidden.has(coordinate)) continue;
      visible.add(coordinate);
      for (const argument of argumentsOf(member)) {
        const place = argumentCoordinate(coordinate, argument);
        if (!hidden.has(place)) visible.add(place);
      }
    }
  }
  return visible;
}

/** The last name in a coordinate: of a type, a member or an argument. */
export function nameOf(coordinate: string): string {
  const argument = /\((\w+):\)$/.exec(coordinate)?.[1];
  return argument ?? coordinate.slice(coordinate.lastIndexOf('.') + 1);
}

/** Names that stand in the whole schema and nowhere in what is visible. */
export function namesBeyond(schema: TaggedSchema, visible: ReadonlySet<string>): ReadonlySet<string> {
  const here = new Set([...visible].map(nameOf));
  const all = [...visibleCoordinates(schema, new Map())].map(nameOf);
  return new Set(all.filter((name) => !here.has(name)));
}
