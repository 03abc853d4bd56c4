import { expect, test } from 'vitest';
import { withAnnotation } from '../../../src/plan/objects.ts';
import { planHistory } from '../../../src/operations/history/plan.ts';
import { changeJson, HISTORY } from '../../../src/undo/format.ts';
import type { RecordedChange } from '../../../src/undo/types.ts';
import { snapshotOf, virtualService } from '../../support/plane.ts';

const api = virtualService({ http: [{ route: [{ destination: { host: 'api' } }] }] });

/** The pull request of a change of whose record this is known. */
function pullRequestOf(known: Partial<RecordedChange>): readonly (string | null)[] {
  const record: RecordedChange = {
    id: 'a',
    time: '2030-01-01T00:00:00.000Z',
    summary: { operation: 'headers', subset: 'api-pr-10', isBack: false, effects: [] },
    labels: null,
    asked: null,
    by: null,
    repository: 'octo-org/api',
    run: 'https://git.example.com/octo-org/api/actions/runs/7',
    pullRequest: 10,
    wrote: [api.metadata.name],
    undo: null,
    ...known,
  };
  const marked = withAnnotation(api, HISTORY, JSON.stringify({ v: 1, changes: [changeJson(record)] }));
  const { history = [] } = planHistory(snapshotOf([marked], []), { operation: 'history' });
  return history.flatMap(({ pullRequest, pullRequestUrl }) => [pullRequest, pullRequestUrl]);
}

test.for<[string, Partial<RecordedChange>, readonly (string | null)[]]>([
  [
    'is named, on the server of the run',
    {},
    ['octo-org/api#10', 'https://git.example.com/octo-org/api/pull/10'],
  ],
  ['is named without its address', { run: null }, ['octo-org/api#10', null]],
  [
    'has no address on the server of another repository',
    { run: 'https://git.example.com/octo-org/web/actions/runs/7' },
    ['octo-org/api#10', null],
  ],
  ['is not known without its repository', { repository: null }, [null, null]],
  ['is none', { pullRequest: null }, [null, null]],
])('the pull request of a change %s', ([, known, expected]) => {
  expect(pullRequestOf(known)).toEqual(expected);
});

test('a history with a pull request that is no number is not one of istiops', () => {
  const [first] = [0.5, -1].map((pullRequest) => pullRequestOf({ pullRequest }));
  expect(first).toEqual([]);
});
