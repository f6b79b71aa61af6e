import type { JsonObject } from '../jsonFields.js';
import {
  countField,
  dateField,
  hexField,
  jsonObject,
  objectField,
  objectsField,
  textField,
  textsField,
} from '../jsonFields.js';
import type { PckPlatform } from './pckExtension.js';
import type { TcbStatus } from './tcbStatus.js';
import { asTcbStatus } from './tcbStatus.js';

/** Which firmware levels of a platform are good (Intel, TCB info, versions 2 and 3). */
export interface TcbInfo {
  /** `SGX`, or `TDX`, which is another question. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly issueDate: number;
  readonly nextUpdate: number;
  /** Hex, lower case. */
  readonly fmspc: string;
  readonly pceId: string;
  readonly tcbEvaluationDataNumber: number;
  /** Best first. */
  readonly levels: readonly TcbLevel[];
}

export interface TcbLevel {
  /** 16 security versions. */
  readonly components: readonly number[];
  readonly pceSvn: number;
  readonly status: TcbStatus;
  /** Milliseconds since 1970. */
  readonly date: number;
  readonly advisoryIds: readonly string[];
}

/** @throws RangeError where the text is not such TCB info, or holds a status that is unknown. */
export function readTcbInfo(text: string): TcbInfo {
  const info = jsonObject(text);
  const version = countField(info, 'version');
  if (version !== 2 && version !== 3) throw new RangeError(`TCB info version ${version} is unknown`);
  return {
    id: version === 2 ? 'SGX' : textField(info, 'id'),
    issueDate: dateField(info, 'issueDate'),
    nextUpdate: dateField(info, 'nextUpdate'),
    fmspc: hexField(info, 'fmspc', 6),
    pceId: hexField(info, 'pceId', 2),
    tcbEvaluationDataNumber: countField(info, 'tcbEvaluationDataNumber'),
    levels: objectsField(info, 'tcbLevels').map(readLevel).sort(bestFirst),
  };
}

/** The best level that the platform reaches: all components and the PCE at least as new. */
export function matchTcbLevel(info: TcbInfo, platform: PckPlatform): TcbLevel | undefined {
  return info.levels.find(
    (level) =>
      platform.pceSvn >= level.pceSvn &&
      level.components.every((svn, index) => (platform.components[index] ?? -1) >= svn),
  );
}

function readLevel(level: JsonObject): TcbLevel {
  const tcb = objectField(level, 'tcb');
  return {
    components: readComponents(tcb),
    pceSvn: countField(tcb, 'pcesvn'),
    status: asTcbStatus(textField(level, 'tcbStatus')),
    date: dateField(level, 'tcbDate'),
    advisoryIds: textsField(level, 'advisoryIDs'),
  };
}

function readComponents(tcb: JsonObject): number[] {
  if (tcb.sgxtcbcomponents === undefined) {
    const names = Array.from({ length: 16 }, (_, index) => `sgxtcbcomp${String(index + 1).padStart(2, '0')}svn`);
    return names.map((name) => countField(tcb, name));
  }
  const components = objectsField(tcb, 'sgxtcbcomponents').map((component) => countField(component, 'svn'));
  if (components.length !== 16) throw new RangeError(`${components.length} TCB components, not 16`);
  return components;
}

/** The order in which Intel's verifier tries them: by components, then by PCE. */
function bestFirst(a: TcbLevel, b: TcbLevel): number {
  const differing = a.components.findIndex((svn, index) => svn !== b.components[index]);
  return differing < 0 ? b.pceSvn - a.pceSvn : (b.components[differing] ?? 0) - (a.components[differing] ?? 0);
}
