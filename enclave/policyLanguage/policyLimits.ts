/** Bounds on a policy text. A policy that exceeds one is refused at the place where it does. */
export const POLICY_LIMITS = {
  /** Of the text in UTF-8. */
  bytes: 65_536,
  /** In all sections together. */
  rules: 1_000,
  conditionsPerRule: 32,
  propertiesPerCondition: 16,
  /** Of function calls inside each other. */
  callDepth: 16,
} as const;
