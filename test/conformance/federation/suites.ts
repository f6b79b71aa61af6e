import { abstractTypes } from './suites/abstractTypes.js';
import { conditions } from './suites/conditions.js';
import { contexts } from './suites/contexts.js';
import { entities } from './suites/entities.js';
import { faults } from './suites/faults.js';
import { federation1 } from './suites/federation1.js';
import { groups } from './suites/groups.js';
import { interfaceObjects } from './suites/interfaceObjects.js';
import { keys } from './suites/keys.js';
import { merging } from './suites/merging.js';
import { keyValues } from './suites/keyValues.js';
import { names } from './suites/names.js';
import { nullable } from './suites/nullability.js';
import { operations } from './suites/operations.js';
import { overrides } from './suites/overrides.js';
import { provides } from './suites/provides.js';
import { requires } from './suites/requires.js';
import { requiresArguments } from './suites/requiresArguments.js';
import { requiresObjects } from './suites/requiresObjects.js';
import { requiresWithProvides } from './suites/requiresProvides.js';
import { unions } from './suites/unions.js';
import { values } from './suites/values.js';
import type { FederationSuite } from './suite.js';

/** Every suite, in the order in which a gateway is best mended. */
export const suites: readonly FederationSuite[] = [
  ...entities,
  ...nullable,
  ...keys,
  ...keyValues,
  ...groups,
  ...operations,
  ...values,
  ...conditions,
  ...names,
  ...abstractTypes,
  ...unions,
  ...interfaceObjects,
  ...merging,
  ...provides,
  ...requires,
  ...requiresObjects,
  ...requiresWithProvides,
  ...requiresArguments,
  ...overrides,
  ...federation1,
  ...contexts,
  ...faults,
];
