/**
 * What a note in a pull request says of one service. Each row is in the comment twice: as a person reads it, and in a
 * hidden line from which the next job reads it back. Whoever may edit the comment can have written anything there.
 */
import { isCount, isObject, parseJson, type Json } from '../../base/json.ts';

export interface NoteRow {
  /** `shop/api.shop.svc.cluster.local`: the namespace of the VirtualService and the host of the service. */
  readonly key: string;
  readonly host: string;
  /** The subset of the build. */
  readonly build: string;
  /** What the build gets, in words: `x-cid: seu_madruga`, `20 % of all requests`; null: nothing any more. */
  readonly requests: string | null;
  /** How far a canary is; null: nothing goes on. */
  readonly progress: CanaryProgress | null;
  /** The build whose change was taken back, which may be this one; null: none was since the last change. */
  readonly takenBack: string | null;
  /** A line to paste that sends such a request; null: no line does. */
  readonly curl: string | null;
  /** An address that anyone can click; null: none. */
  readonly link: string | null;
  /** Routes that send to the build. */
  readonly routes: number;
  /** Ready pods of the build; null: not known. */
  readonly readyPods: number | null;
  /** The commit at the head of the pull request; null: not known. */
  readonly commit: string | null;
  /** The address of the run that wrote it; null: not known. */
  readonly run: string | null;
  /** ISO 8601, UTC: when the row was last written. */
  readonly at: string;
}

export interface CanaryProgress {
  /** `stage 2 of 3, watched 1:30 of 5:00: good` */
  readonly words: string;
  /** The step whose canary it is, so that its post step finds the row again. */
  readonly step: string;
}

/** Characters of one text of a row: more is of no use in a table. */
const MOST = 2_000;

const BEGIN = '<!-- istiops:row ';
const END = ' -->';

/** The hidden line of a row. In base64, which can't end an HTML comment. */
export function hiddenLine(row: NoteRow): string {
  return `${BEGIN}${Buffer.from(JSON.stringify(row)).toString('base64url')}${END}`;
}

/** The rows of a comment, in its order; a line that is none is left out, and so is a second one with the same key. */
export function rowsIn(body: string): readonly NoteRow[] {
  const rows = new Map<string, NoteRow>();
  for (const line of body.split(/\r?\n/)) {
    if (!line.startsWith(BEGIN) || !line.endsWith(END)) continue;
    const row = parseRow(line.slice(BEGIN.length, -END.length));
    if (row !== undefined && !rows.has(row.key)) rows.set(row.key, row);
  }
  return [...rows.values()];
}

function parseRow(text: string): NoteRow | undefined {
  const value = parseJson(Buffer.from(text, 'base64url').toString());
  if (!isObject(value)) return undefined;
  const { key, host, build, requests, curl, link, routes, readyPods, commit, run, at } = value;
  // Earlier versions did not write them.
  const { takenBack = null } = value;
  const progress = canaryProgressIn(value['progress'] ?? null);
  if (!isText(key) || !isText(host) || !isText(build) || !isText(at) || !isCount(routes)) return undefined;
  if (!isTextOrNull(requests) || !isTextOrNull(curl) || !isTextOrNull(link)) return undefined;
  if (!isTextOrNull(commit) || !isTextOrNull(run)) return undefined;
  if (progress === undefined || !isTextOrNull(takenBack)) return undefined;
  if (readyPods !== null && !isCount(readyPods)) return undefined;
  if (Number.isNaN(Date.parse(at)) || (link !== null && !isAddress(link))) return undefined;
  if ((run !== null && !isAddress(run)) || (commit !== null && !/^[0-9a-f]{40}$/.test(commit)))
    return undefined;
  return {
    ...{ key, host, build, requests, progress, takenBack, curl, link, routes },
    ...{ readyPods, commit, run, at },
  };
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value.length <= MOST;
}

function isTextOrNull(value: Json | undefined): value is string | null {
  return value === null || isText(value);
}

function canaryProgressIn(value: Json): CanaryProgress | null | undefined {
  if (!isObject(value)) return value === null ? null : undefined;
  const { words, step } = value;
  return isText(words) && isText(step) ? { words, step } : undefined;
}

function isAddress(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}
