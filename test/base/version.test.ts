import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeFault, OLDEST_NODE } from '../../src/base/version.ts';
import { ROOT } from '../support/examples.ts';

describe('the Node that runs the command line', () => {
  test('is the one that package.json requires', () => {
    const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      engines: { node: string };
    };
    expect(engines.node).toBe(`>=${OLDEST_NODE}`);
  });

  test.each(['22.22.2', '22.22.10', '22.30.0', '24.0.0', '24.0.0-nightly20260101'])(
    '%s is new enough',
    (version) => {
      expect(nodeFault(version)).toBeUndefined();
    },
  );

  test.each(['20.20.2', '22.22.1', '22.9.9', '18.0.0'])(
    '%s is too old, and the error says what to do',
    (version) => {
      expect(nodeFault(version)).toBe(
        `Node ${version} is too old: it needs Node 22.22.2 or newer (see node --version).`,
      );
    },
  );
});
