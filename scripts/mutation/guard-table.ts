/** The results of `npm run mutation:guard` in words. */
import type { JudgedMutant } from './judged.ts';

/** Of each file and in all: refused by the guard alone, gone by, and the guard's share of both. */
export function fileTable(results: readonly JudgedMutant[]): string {
  const rows = [...Map.groupBy(results, ({ mutant }) => mutant.fileName)].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return [
    '| file | refused by the guard | went by | share |',
    '| --- | --- | --- | --- |',
    ...rows.flatMap(([file, own]) => (counted(own) === 0 ? [] : [row(file, own)])),
    row('all', results),
  ].join('\n');
}

/** Of the mutants of one file. */
export function fileRow(results: readonly JudgedMutant[]): string {
  return row(results[0]?.mutant.fileName ?? '', results);
}

/** How many mutants there are of each kind. */
export function kindTable(results: readonly JudgedMutant[]): string {
  const kinds = [...Map.groupBy(results, ({ kind, difference }) => difference ?? WORDS[kind])];
  return kinds
    .map(([kind, own]) => `${own.length} ${kind}`)
    .sort((a, b) => Number.parseInt(b) - Number.parseInt(a))
    .join('\n');
}

const WORDS: Readonly<Record<JudgedMutant['kind'], string>> = {
  caught: 'refused by the guard alone',
  slipped: 'went by',
  unfelt: 'went by, and no request feels it',
  early: 'refused by the planner or its checks',
  remarks: 'differ in names of routes or annotations alone',
  same: 'without a difference',
  static: 'run only while modules load: left out',
  uncovered: 'run by no change',
};

/** Each mutant that went by, with the change that shows it. */
export function slippedList(results: readonly JudgedMutant[]): string {
  return results
    .filter(({ kind }) => kind === 'slipped')
    .map(({ mutant: { fileName, location, mutatorName, replacement }, difference, world }) =>
      [
        `${fileName}:${location.start.line + 1} ${mutatorName}: ${replacement.replaceAll(/\s+/g, ' ').slice(0, 100)}`,
        `  ${difference ?? ''}; ${world ?? ''}`,
      ].join('\n'),
    )
    .join('\n');
}

function row(name: string, results: readonly JudgedMutant[]): string {
  const [caught, slipped] = [ofKind(results, 'caught'), ofKind(results, 'slipped')];
  const share = (100 * caught) / Math.max(1, caught + slipped);
  return `| ${name} | ${caught} | ${slipped} | ${share.toFixed(1)} % |`;
}

function counted(results: readonly JudgedMutant[]): number {
  return ofKind(results, 'caught') + ofKind(results, 'slipped');
}

function ofKind(results: readonly JudgedMutant[], kind: JudgedMutant['kind']): number {
  return results.filter((one) => one.kind === kind).length;
}
