import type { CaseVerdict, Fields, JudgeCase, JudgeOptions, VectorFile } from './case.js';
import { textIn } from './case.js';
import { judgeDcapCase } from './dcapCase.js';
import { judgeExchangesCase } from './exchangesCase.js';
import { judgeHclCase, judgeHclReport } from './hclCase.js';
import { hashOf } from './policyCase.js';
import { judgeEnclaveInfo, judgeHeldData, judgeJwks, judgeTokenParts } from './sampleCase.js';
import { judgeSnpCase } from './snpCase.js';
import { judgeTokenCase } from './tokenCase.js';

/** Cases that say what they are, in `kind`. */
const KINDS: Readonly<Record<string, JudgeCase>> = {
  dcap: judgeDcapCase,
  'sev-snp': judgeSnpCase,
  'maa-token': judgeTokenCase,
  'azure-hcl': judgeHclCase,
};

/** Recordings and samples of others say nothing of the sort, and are known by a field that only they have. */
const SHAPES: readonly (readonly [field: string, kind: string, judge: JudgeCase])[] = [
  ['exchanges', 'maa-exchanges', judgeExchangesCase],
  ['QuoteHex', 'enclave-info', judgeEnclaveInfo],
  ['EnclaveHeldData', 'held-data', judgeHeldData],
  ['keys', 'jwks', judgeJwks],
];

/**
 * Judges a file of a folder of vectors: a JSON case, an attestation policy (.txt) or an Azure HCL report (.bin). What we do not
 * know, cannot read or fail over is a disagreement: a case must not pass by being strange.
 */
export async function judgeFile(file: VectorFile, options: JudgeOptions): Promise<CaseVerdict> {
  let judged: { id: string; kind: string; judge: () => string[] | Promise<string[]> } | undefined;
  try {
    judged = recognise(file, options);
    return { id: judged.id, kind: judged.kind, disagreements: await judged.judge() };
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : 'unknown';
    return { id: judged?.id ?? file.name, kind: judged?.kind ?? 'unknown', disagreements: [why] };
  }
}

function recognise(file: VectorFile, options: JudgeOptions) {
  const id = file.name;
  if (file.name.endsWith('.bin')) return { id, kind: 'azure-hcl', judge: () => judgeHclReport(file.bytes, options) };
  const text = new TextDecoder('utf-8', { fatal: true }).decode(file.bytes);
  if (file.name.endsWith('.txt')) {
    return { id, kind: 'policy', judge: () => hashOf(text, options).then(() => []) };
  }
  const parts = twoTexts(text);
  if (parts) return { id, kind: 'token-parts', judge: () => judgeTokenParts(file.name, parts, options) };
  const vector = objectOf(text);
  const named = typeof vector.id === 'string' ? vector.id : id;
  if (vector.kind !== undefined) {
    const kind = textIn(vector, 'kind');
    const judge = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    if (!judge) throw new RangeError(`kind ${kind.slice(0, 64)} is not known`);
    return { id: named, kind, judge: () => judge(vector, options) };
  }
  const shape = SHAPES.find(([field]) => vector[field] !== undefined);
  if (!shape) throw new RangeError('there is no kind, and the shape is not known');
  const [, kind, judge] = shape;
  return { id: named, kind, judge: () => judge(vector, options) };
}

/** Two JSON objects with an empty line between them, as one sample writes a token. */
function twoTexts(text: string): { header: Fields; claims: Fields } | undefined {
  const [first, second, ...more] = text.split(/(?<=^\})\s*\n(?=\{)/m);
  return first !== undefined && second !== undefined && more.length === 0
    ? { header: objectOf(first), claims: objectOf(second) }
    : undefined;
}

function objectOf(text: string): Fields {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RangeError('not a JSON object');
  return value as Fields;
}
