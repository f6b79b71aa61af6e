import { type Node } from 'ohm-js';
import { Refusal } from '../refusals.js';
import { checkRule, type SectionName } from './checkRule.js';
import { policyGrammar } from './grammar.js';
import { offsetBeyondDepth } from './nesting.js';
import {
  POLICY_VERSIONS,
  type Action,
  type AttestationPolicy,
  type ClaimDefinition,
  type ClaimSource,
  type Condition,
  type Expression,
  type FunctionName,
  type Operator,
  type PolicyVersion,
  type Position,
  type Property,
  type PropertyCondition,
  type Rule,
} from './policy.js';
import { POLICY_LIMITS } from './policyLimits.js';
import { mismatch } from './mismatch.js';
import { PolicySyntaxRefusal, positionsIn, symbolAt } from './syntaxRefusal.js';

/**
 * Reads the text of an attestation policy, version 1.0, 1.1 or 1.2. The text may come from anybody: time and memory are
 * bounded by its length, which is bounded by POLICY_LIMITS.
 *
 * @throws PolicySyntaxRefusal with line and column where the text is no policy, has a feature that its version lacks,
 * or exceeds a bound.
 */
export function parseAttestationPolicy(text: string): AttestationPolicy {
  refuseTooLong(text);
  const positionOf = positionsIn(text);
  // The parser recurses where parentheses nest, so they are counted before it runs: an action's, then its functions'.
  const tooDeep = offsetBeyondDepth(text, POLICY_LIMITS.callDepth + 1);
  if (tooDeep !== undefined)
    throw new PolicySyntaxRefusal(positionOf(tooDeep), '(', `functions nest at most ${POLICY_LIMITS.callDepth} deep`);
  const match = policyGrammar.match(text);
  if (match.failed()) throw mismatch(text, match, positionOf);
  return new TreeReader(positionOf).policy((semantics(match) as unknown as { node(): Node }).node());
}

/** Gives access to the nodes of a match; reading them is left to typed functions. */
const semantics = policyGrammar.createSemantics().addOperation<Node>('node', {
  _nonterminal() {
    return this;
  },
});

function refuseTooLong(text: string): void {
  const { bytes } = POLICY_LIMITS;
  // A UTF-16 unit is at least one byte, so the first comparison spares the copy of a huge text.
  const length = text.length > bytes ? text.length : new TextEncoder().encode(text).length;
  if (length <= bytes) return;
  const end = positionsIn(text.slice(0, bytes))(Math.min(text.length, bytes));
  throw new PolicySyntaxRefusal(end, symbolAt(text, text.length), `a policy has at most ${bytes} bytes`);
}

/** Turns the nodes of one match into the tree; each method reads the rule of the grammar that has its name. */
class TreeReader {
  #version: PolicyVersion = '1.0';
  #rules = 0;

  constructor(private readonly positionOf: (offset: number) => Position) {}

  policy(node: Node): AttestationPolicy {
    const [version, sections] = partsOf(node, 2);
    this.#version = this.versionOf(version);
    const configuration: Rule[] = [];
    const authorization: Rule[] = [];
    const issuance: Rule[] = [];
    for (const section of sections.children) {
      const [configurations, authorizations, issuances] = partsOf(section, 3);
      for (const part of configurations.children) configuration.push(...this.configuration(part));
      authorization.push(...this.rules(authorizations, 'authorizationrules'));
      for (const part of issuances.children) issuance.push(...this.rules(part, 'issuancerules'));
    }
    return { version: this.#version, configuration, authorization, issuance };
  }

  private versionOf(node: Node): PolicyVersion {
    const [, , major, , minor] = partsOf(node, 6);
    const stated = `${major.sourceString}.${minor.sourceString}`;
    const known = POLICY_VERSIONS.find((version) => version === stated);
    if (known === undefined)
      throw this.refusal(major, stated, `there are policy versions ${POLICY_VERSIONS.join(', ')}`);
    return known;
  }

  private configuration(node: Node): Rule[] {
    if (this.#version === '1.0')
      throw this.refusal(
        node,
        'configurationrules',
        'configurationrules need policy version 1.1 or later, and this is 1.0',
      );
    return this.rules(node, 'configurationrules');
  }

  private rules(section: Node, name: SectionName): Rule[] {
    const [, , rules] = partsOf(section, 5);
    return rules.children.map((node) => {
      this.#rules += 1;
      if (this.#rules > POLICY_LIMITS.rules)
        throw this.refusal(node, symbolOf(node), `a policy has at most ${POLICY_LIMITS.rules} rules`);
      const rule = name === 'configurationrules' ? this.configurationRule(node) : this.rule(node);
      return checkRule(rule, { section: name, version: this.#version });
    });
  }

  private configurationRule(node: Node): Rule {
    const [, verb, , definition] = partsOf(node, 6);
    const action: Action = { kind: 'issueproperty', at: this.at(verb), claim: this.definition(definition) };
    return { at: this.at(node), conditions: [], action };
  }

  private rule(node: Node): Rule {
    const [conditions, , action] = partsOf(node, 4);
    const list = conditions.children.flatMap((some) => itemsOf(some.child(0)));
    const { conditionsPerRule } = POLICY_LIMITS;
    const excess = list[conditionsPerRule];
    if (excess !== undefined)
      throw this.refusal(excess, symbolOf(excess), `a rule has at most ${conditionsPerRule} conditions`);
    return {
      at: this.at(node),
      conditions: list.map((condition) => this.condition(condition)),
      action: this.action(action),
    };
  }

  private condition(node: Node): Condition {
    const [absent, label, , properties] = partsOf(node, 5);
    const list = itemsOf(properties);
    const { propertiesPerCondition } = POLICY_LIMITS;
    const excess = list[propertiesPerCondition];
    if (excess !== undefined)
      throw this.refusal(excess, symbolOf(excess), `a condition has at most ${propertiesPerCondition} properties`);
    return {
      at: this.at(node),
      text: node.sourceString,
      absent: absent.numChildren > 0,
      identifier: label.children[0]?.child(0).sourceString,
      properties: list.map((property) => this.propertyCondition(property)),
    };
  }

  private propertyCondition(node: Node): PropertyCondition {
    const [property, operator, operand] = partsOf(node, 3);
    const sign = operator.sourceString;
    return {
      at: this.at(node),
      property: property.sourceString as Property,
      operator: (sign === '=' ? '==' : sign) as Operator,
      operand: this.expression(operand),
    };
  }

  private action(node: Node): Action {
    const [action] = partsOf(node, 1);
    const [verb, , claim] = partsOf(action);
    const at = this.at(verb);
    if (action.ctorName === 'Verdict') return { kind: verb.sourceString as 'permit' | 'deny', at };
    return { kind: verb.sourceString as 'add' | 'issue' | 'issueproperty', at, claim: this.claim(claim) };
  }

  private claim(node: Node): ClaimSource {
    if (node.ctorName === 'Definition') return this.definition(node);
    const [, , identifier] = partsOf(node, 3);
    return { kind: 'copy', at: this.at(identifier), identifier: identifier.sourceString };
  }

  private definition(node: Node): ClaimDefinition {
    const stated = new Map<Property, Expression>();
    for (const assignment of itemsOf(node.child(0))) {
      const [name, , expression] = partsOf(assignment, 3);
      const property = name.sourceString as Property;
      if (stated.has(property)) throw this.refusal(name, property, `a claim has one ${property}`);
      stated.set(property, this.expression(expression));
    }
    const [type, value] = [stated.get('type'), stated.get('value')];
    if (type === undefined || value === undefined)
      throw this.refusal(node, symbolOf(node), `a claim needs a ${type === undefined ? 'type' : 'value'}`);
    return { kind: 'definition', type, value, valueType: stated.get('valueType'), issuer: stated.get('issuer') };
  }

  private expression(node: Node): Expression {
    const inner = node.child(0);
    const at = this.at(inner);
    switch (inner.ctorName) {
      case 'boolean':
        return { kind: 'literal', at, value: inner.sourceString === 'true' };
      case 'integer':
        return { kind: 'literal', at, value: this.integer(inner) };
      case 'string':
        return { kind: 'literal', at, value: inner.sourceString.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') };
      case 'Reference': {
        const [identifier, , property] = partsOf(inner, 3);
        return {
          kind: 'reference',
          at,
          identifier: identifier.sourceString,
          property: property.sourceString as Property,
        };
      }
      default: {
        const [name, , list] = partsOf(inner, 4);
        // Whether the function exists, and how many arguments it takes, is for checkRule to say.
        return {
          kind: 'call',
          at,
          name: name.sourceString as FunctionName,
          arguments: itemsOf(list).map((argument) => this.expression(argument)),
        };
      }
    }
  }

  private integer(node: Node): number {
    const value = Number(node.sourceString);
    if (!Number.isSafeInteger(value))
      throw this.refusal(node, node.sourceString, 'an integer lies between -(2^53 - 1) and 2^53 - 1');
    return value === 0 ? 0 : value;
  }

  private at(node: Node): Position {
    return this.positionOf(node.source.startIdx);
  }

  private refusal(node: Node, symbol: string, reason: string): Refusal {
    return new PolicySyntaxRefusal(this.at(node), symbol, reason);
  }
}

type Parts<N extends number> = N extends 1
  ? [Node]
  : N extends 2
    ? [Node, Node]
    : N extends 3
      ? [Node, Node, Node]
      : [Node, Node, Node, Node, Node, Node];

/** The parts of a node, in the order of its grammar rule; `count` is how many that rule has. */
function partsOf<N extends number>(node: Node, count?: N): Parts<N> {
  if (count !== undefined && node.numChildren !== count)
    throw new TypeError(`${node.ctorName} has ${node.numChildren} parts instead of ${count}`);
  return node.children as Parts<N>;
}

/** The elements of a list with separators, possibly empty. */
function itemsOf(list: Node): Node[] {
  return list.asIteration().children;
}

function symbolOf(node: Node): string {
  return symbolAt(node.source.sourceString, node.source.startIdx);
}
