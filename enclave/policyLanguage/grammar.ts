import { grammar, type Grammar } from 'ohm-js';

/**
 * The grammar of Azure Attestation's policy language, all versions in one: what a version lacks is refused afterwards
 * (checkRule.ts, parsePolicy.ts), with a message that names the version which has it.
 *
 * Rules with a capital skip white space and comments between their parts; those without do not.
 * Source: claim-rule-grammar.md, claim-rule-functions.md, policy-version-1-0.md to -1-2.md of Microsoft's documentation.
 */
export const policyGrammar: Grammar = grammar(String.raw`
  AttestationPolicy {
    Policy            = Version Section*
    Version           = version "=" digits "." digits ";"
    Section           = Configuration? Authorization Issuance?

    Configuration     = configurationrules "{" ConfigurationRule* "}" ";"
    Authorization     = authorizationrules "{" Rule* "}" ";"
    Issuance          = issuancerules "{" Rule* "}" ";"

    ConfigurationRule = "=>" issueproperty "(" Definition ")" ";"
    Rule              = Conditions? "=>" Action ";"
    Conditions        = NonemptyListOf<Condition, "&&">
    Condition         = "!"? Label? "[" ListOf<PropertyCondition, ","> "]"
    Label             = identifier ":"
    PropertyCondition = property operator Expression

    Action            = Verdict | Statement
    Verdict           = (permit | deny) "(" ")"
    Statement         = (add | issueproperty | issue) "(" (Copy | Definition) ")"
    Copy              = claim "=" identifier
    Definition        = NonemptyListOf<Assignment, ",">
    Assignment        = property "=" Expression

    Expression        = boolean | integer | string | Call | Reference
    Call              = identifier "(" ListOf<Expression, ","> ")"
    Reference         = identifier "." property

    // One document has "Issuancerules", so the case of section names is free.
    configurationrules (configurationrules) = caseInsensitive<"configurationrules"> ~part
    authorizationrules (authorizationrules) = caseInsensitive<"authorizationrules"> ~part
    issuancerules (issuancerules)           = caseInsensitive<"issuancerules"> ~part

    version (version)             = "version" ~part
    permit (permit)               = "permit" ~part
    deny (deny)                   = "deny" ~part
    add (add)                     = "add" ~part
    issue (issue)                 = "issue" ~part
    issueproperty (issueproperty) = "issueproperty" ~part
    claim (claim)                 = "claim" ~part
    property (type, value, valueType, issuer) = ("type" | "valueType" | "value" | "issuer") ~part

    // Documents have a stray single "=" in conditions: it means "==".
    operator (a comparison)  = "==" | "!=" | "<=" | ">=" | "<" | ">" | "=" ~">"
    boolean (true, false)    = ("true" | "false") ~part
    integer (an integer)     = "-"? ("0".."9")+ ~part
    digits (digits)          = ("0".."9")+
    identifier (an identifier) = ("a".."z" | "A".."Z" | "_") ("a".."z" | "A".."Z" | "_" | "0".."9")*
    part                     = "a".."z" | "A".."Z" | "_" | "0".."9"

    // Ranges instead of a rule for a character, since the parser remembers every rule at every place.
    string                   = "\"" ("\\\"" | "\\\\" | "\u{0}".."!" | "#".."[" | "]".."\u{10FFFF}")* "\""

    space                   := (" " | "\t" | "\r" | "\n" | "\uFEFF")+ | comment
    comment                  = "//" ("\u{0}".."\t" | "\u{B}".."\u{10FFFF}")*
  }
`);
