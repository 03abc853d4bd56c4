import { describe, expect, it } from 'vitest';
import type { Reach, ReachChange } from '../../src/reach/types.ts';
import { reachLines, reachSection } from '../../src/report/reach.ts';
import { outcome } from '../support/outcomes.ts';

const change = (more: Partial<ReachChange> = {}): ReachChange => ({
  object: 'VirtualService shop/api',
  who: 'requests with x-cid: seu_madruga',
  before: 'v1',
  after: 'api-pr-10',
  classes: 1,
  example: {
    method: 'GET',
    scheme: 'http',
    authority: 'shop.io',
    path: '/v2',
    headers: { 'x-cid': 'seu_madruga' },
    gateway: 'mesh',
    port: 80,
    sourceLabels: {},
  },
  ...more,
});

const reached = (reach: Partial<Reach>) =>
  outcome({
    changed: true,
    reach: {
      classes: 214,
      sampled: false,
      skipped: 0,
      changes: [],
      unexpected: [],
      others: [],
      asked: [],
      ...reach,
    },
  });

describe('whom a change is about', () => {
  it('is one sentence with an example', () => {
    expect(reachSection(reached({ changes: [change()] }))).toBe(
      '**Who is affected:** requests with x-cid: seu_madruga: v1 → **api-pr-10**; all else unchanged ' +
        '(214 kinds of requests compared). For example <code>GET http&#58;//shop.io/v2 with x-cid: seu_madruga</code>.',
    );
    expect(reachLines(reached({ changes: [change()] }))).toEqual([
      'requests with x-cid: seu_madruga: v1 → api-pr-10',
      '  for example GET http://shop.io/v2 with x-cid: seu_madruga',
      'all else unchanged (214 kinds of requests compared)',
    ]);
  });

  it('names the VirtualServices where there are several', () => {
    const changes = [change(), change({ object: 'VirtualService shop/web' })];
    expect(reachSection(reached({ changes }))).toContain('- shop/web: requests with x-cid: seu_madruga: v1');
    expect(reachLines(reached({ changes }))[0]).toBe(
      'shop/api: requests with x-cid: seu_madruga: v1 → api-pr-10',
    );
  });

  it('folds away what is too much to read', () => {
    const changes = Array.from({ length: 60 }, (_, i) => change({ who: `requests with x-cid: ${i}` }));
    const section = reachSection(reached({ changes }));
    expect(section.split('<details>')[0]?.match(/^- /gm)).toHaveLength(6);
    expect(section).toContain('<summary>46 more changes</summary>');
    expect(section).toContain('- and 10 more changes');
    expect(reachLines(reached({ changes }))).toContain('and 55 more changes');
  });

  it('names the VirtualService where there are several', () => {
    const changes = [change(), change({ object: 'VirtualService shop/internal', after: 'v2' })];
    expect(reachSection(reached({ changes }))).toContain('- shop/internal: requests with');
  });

  it('says when it sampled, and what it could not compare', () => {
    expect(reachSection(reached({ sampled: true, skipped: 3 }))).toBe(
      '**Who is affected:** no request gets anything else than before ' +
        '(214 kinds of requests compared, a sample of them, no example could be made for 3 more).',
    );
  });

  it('is left out where nothing changes, and after a failure', () => {
    const failure = { reason: 'conflict', message: 'no' } as const;
    expect(reachSection({ ...reached({ changes: [change()] }), changed: false })).toBe('');
    expect(reachSection({ ...reached({ changes: [change()] }), failure })).toBe('');
    expect(reachLines({ ...reached({ changes: [change()] }), failure })).toEqual([]);
  });
});
