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
import type { TcbLevelBySvn } from './isvSvnLevels.js';
import { readSvnLevels } from './isvSvnLevels.js';
import type { StatedTcbStatus } from './tcbStatus.js';
import { asTcbStatus } from './tcbStatus.js';

/** Which firmware levels of a platform are good (Intel, TCB info, versions 2 and 3). */
export interface TcbInfo {
  /** `SGX` or `TDX`. */
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
  /** TDX only: the first module, which has no identity of its own. */
  readonly tdxModule: TdxModule | undefined;
  /** TDX only: the modules since, by an id such as TDX_03. */
  readonly tdxModuleIdentities: readonly (TdxModule & { readonly id: string })[];
}

/** Which TDX modules are the vendor's. Hex, in byte order of the report. */
export interface TdxModule {
  readonly mrSigner: string;
  readonly attributes: string;
  /** Newest first. */
  readonly levels: readonly TcbLevelBySvn[];
}

export interface TcbLevel {
  /** 16 security versions. */
  readonly components: readonly number[];
  readonly pceSvn: number;
  /** 16 security versions, as teeTcbSvn of a TD report; undefined in TCB info for SGX. */
  readonly tdxComponents: readonly number[] | undefined;
  readonly status: StatedTcbStatus;
  /** Milliseconds since 1970. */
  readonly date: number;
  readonly advisoryIds: readonly string[];
}

/** @throws RangeError where the text is not such TCB info, or holds a status that is unknown. */
export function readTcbInfo(text: string): TcbInfo {
  const info = jsonObject(text);
  const version = countField(info, 'version');
  if (version !== 2 && version !== 3) throw new RangeError(`TCB info version ${version} is unknown`);
  const id = version === 2 ? 'SGX' : textField(info, 'id');
  const isTdx = id === 'TDX';
  return {
    id,
    issueDate: dateField(info, 'issueDate'),
    nextUpdate: dateField(info, 'nextUpdate'),
    fmspc: hexField(info, 'fmspc', 6),
    pceId: hexField(info, 'pceId', 2),
    tcbEvaluationDataNumber: countField(info, 'tcbEvaluationDataNumber'),
    levels: objectsField(info, 'tcbLevels')
      .map((level) => readLevel(level, isTdx))
      .sort(bestFirst),
    tdxModule: isTdx ? { ...readModule(objectField(info, 'tdxModule')), levels: [] } : undefined,
    tdxModuleIdentities: isTdx && info.tdxModuleIdentities !== undefined ? readModuleIdentities(info) : [],
  };
}

export interface MatchedLevels {
  /** The best level whose SGX components and PCE the platform reaches. */
  readonly sgx: TcbLevel | undefined;
  /** The best level that it reaches altogether: for TDX with the TDX components too. */
  readonly whole: TcbLevel | undefined;
}

/**
 * @param teeTcbSvn of a TD report; undefined for SGX. The first two of its components are the TDX module's where that has a
 *   version, and then its identity judges them, not the level.
 */
export function matchTcbLevels(
  info: TcbInfo,
  platform: PckPlatform,
  teeTcbSvn: readonly number[] | undefined,
): MatchedLevels {
  const reachesSgx = (level: TcbLevel) =>
    platform.pceSvn >= level.pceSvn && reaches(platform.components, level.components);
  const sgx = info.levels.find(reachesSgx);
  if (teeTcbSvn === undefined) return { sgx, whole: sgx };
  const from = (teeTcbSvn[1] ?? 0) > 0 ? 2 : 0;
  const reachesTdx = ({ tdxComponents }: TcbLevel) =>
    tdxComponents !== undefined && reaches(teeTcbSvn.slice(from), tdxComponents.slice(from));
  return { sgx, whole: info.levels.find((level) => reachesSgx(level) && reachesTdx(level)) };
}

function reaches(actual: readonly number[], needed: readonly number[]): boolean {
  return needed.every((svn, index) => (actual[index] ?? -1) >= svn);
}

function readLevel(level: JsonObject, isTdx: boolean): TcbLevel {
  const tcb = objectField(level, 'tcb');
  return {
    components:
      tcb.sgxtcbcomponents === undefined ? readNumberedComponents(tcb) : readComponents(tcb, 'sgxtcbcomponents'),
    pceSvn: countField(tcb, 'pcesvn'),
    tdxComponents: isTdx ? readComponents(tcb, 'tdxtcbcomponents') : undefined,
    status: asTcbStatus(textField(level, 'tcbStatus')),
    date: dateField(level, 'tcbDate'),
    advisoryIds: textsField(level, 'advisoryIDs'),
  };
}

/** As version 2 writes them. */
function readNumberedComponents(tcb: JsonObject): number[] {
  const names = Array.from({ length: 16 }, (_, index) => `sgxtcbcomp${String(index + 1).padStart(2, '0')}svn`);
  return names.map((name) => countField(tcb, name));
}

function readComponents(tcb: JsonObject, name: string): number[] {
  const components = objectsField(tcb, name).map((component) => countField(component, 'svn'));
  if (components.length !== 16) throw new RangeError(`${components.length} in ${name}, not 16`);
  return components;
}

function readModule(module: JsonObject): Pick<TdxModule, 'mrSigner' | 'attributes'> {
  return { mrSigner: hexField(module, 'mrsigner', 48), attributes: hexField(module, 'attributes', 8) };
}

function readModuleIdentities(info: JsonObject): TcbInfo['tdxModuleIdentities'] {
  return objectsField(info, 'tdxModuleIdentities').map((module) => ({
    id: textField(module, 'id'),
    ...readModule(module),
    levels: readSvnLevels(module),
  }));
}

/** The order in which Intel's verifier tries them: by SGX components, then by PCE, then by TDX components. */
function bestFirst(a: TcbLevel, b: TcbLevel): number {
  const order = (level: TcbLevel) => [...level.components, level.pceSvn, ...(level.tdxComponents ?? [])];
  const [ours, others] = [order(a), order(b)];
  const differing = ours.findIndex((svn, index) => svn !== others[index]);
  return differing < 0 ? 0 : (others[differing] ?? 0) - (ours[differing] ?? 0);
}
