import { expect, test } from 'vitest';
import { parseWords } from '../../src/operations/parse-words.ts';
import type { Entry } from '../../src/run/journal.ts';
import { withoutOwnWrites } from '../../src/run/whole-change.ts';
import { snapshotOf, virtualService } from '../support/plane.ts';

const before = virtualService({ http: [{ name: 'main' }] });
const after = virtualService({ http: [{ name: 'main', timeout: '7s' }] });
const wrote: Entry = {
  kind: 'wrote',
  phase: 'routes',
  write: { kind: 'VirtualService', before, after },
  stored: after,
};
const { intent } = parseWords({ operation: 'clear', 'label-selector': 'app=api' }).request;

test('an object of a file is as it was before this run wrote it', () => {
  expect(withoutOwnWrites(snapshotOf([structuredClone(after)], []), intent, [wrote]).virtualServices).toEqual(
    [before],
  );
});

test('unless somebody else has edited it since: a file has no version that says so', () => {
  const edited = virtualService({ http: [{ name: 'main', timeout: '7s', retries: { attempts: 3 } }] });
  expect(withoutOwnWrites(snapshotOf([edited], []), intent, [wrote]).virtualServices).toEqual([edited]);
});
