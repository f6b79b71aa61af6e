import { DEFAULT_DEPRECATION_REASON, Kind, visit, type DocumentNode, type StringValueNode } from 'graphql';

/**
 * Descriptions and deprecation reasons without the sentences that name what a contract lacks: prose would tell what the schema
 * does not. A word is taken for a name where it is written as one: in backticks or quotes, in a coordinate, or in a form that prose
 * does not have (camelCase, snake_case, ALL_CAPITALS). In doubt the sentence goes.
 *
 * @param lacking names of types, fields, arguments, input fields and enum values that are elsewhere, and nowhere here
 */
export function redact(document: DocumentNode, lacking: ReadonlySet<string>): DocumentNode {
  if (lacking.size === 0) return document;
  const clean = (text: string): string => keptSentences(text, lacking);
  return visit(document, {
    // Descriptions stand in strings that are part of no other value.
    StringValue: {
      enter(node, key) {
        if (key !== 'description') return undefined;
        const value = clean(node.value);
        if (value === node.value) return undefined;
        return value === '' ? null : textNode(node, value);
      },
    },
    Directive: (directive) => {
      if (directive.name.value !== 'deprecated') return undefined;
      const given = directive.arguments?.map((argument) => {
        if (argument.name.value !== 'reason' || argument.value.kind !== Kind.STRING) return argument;
        const value = clean(argument.value.value) || DEFAULT_DEPRECATION_REASON;
        return { ...argument, value: textNode(argument.value, value) };
      });
      return { ...directive, arguments: given ?? [] };
    },
  });
}

function textNode(node: StringValueNode, value: string): StringValueNode {
  return { ...node, value };
}

function keptSentences(text: string, lacking: ReadonlySet<string>): string {
  const sentences = text.split(/(?<=[.!?])(?=\s)/);
  const kept = sentences.filter((sentence) => !namesWrittenIn(sentence).some((name) => lacking.has(name)));
  return kept.length === sentences.length ? text : kept.join('').trim();
}

const WORD = /[A-Za-z_][A-Za-z0-9_]*/g;
/** A capital or an underscore inside, or all capitals. */
const WRITTEN_AS_NAME = /^[A-Z][A-Z0-9_]+$|[a-z0-9][A-Z]|_/;
const QUOTED = /`[^`]*`|"[^"]*"|'\w+'/g;
const COORDINATE = /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?:\([A-Za-z_]\w*:\))?/g;

/** The words of a text that stand for names. */
export function namesWrittenIn(text: string): string[] {
  const marked = [...(text.match(QUOTED) ?? []), ...(text.match(COORDINATE) ?? [])].flatMap(wordsIn);
  return [...marked, ...wordsIn(text).filter((word) => WRITTEN_AS_NAME.test(word))];
}

export function wordsIn(text: string): readonly string[] {
  return text.match(WORD) ?? [];
}
