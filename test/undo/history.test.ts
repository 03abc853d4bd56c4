import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { withAnnotation } from '../../src/plan/objects.ts';
import { fitting, type StoredHistory } from '../../src/undo/fitting.ts';
import { HISTORY, parseHistory } from '../../src/undo/format.ts';
import { unpacked } from '../../src/undo/pack.ts';
import { withHistory } from '../../src/undo/record.ts';
import { annotationBytes } from '../../src/istio/annotations.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { applied, intentOf, snapshotOf, virtualService } from '../support/plane.ts';
import { BY, PLANE, planned, recordsOf, RULE, STAMP, writesOf } from '../support/recording.ts';

describe('the history', () => {
  const change = (snapshot: Snapshot, i: number): Snapshot =>
    applied(
      snapshot,
      withHistory(planned(snapshot, String(1 + (i % 99))), { ...STAMP, id: `c${i}` }, BY, []),
    );

  test('has this text', () => {
    const twice = change(change(PLANE, 19), 29);
    const [, object] = twice.virtualServices;
    const text = object?.metadata.annotations?.[HISTORY] ?? '';
    expect(JSON.parse(text)).toMatchInlineSnapshot(`
      {
        "changes": [
          {
            "asked": "30 %",
            "by": "octocat",
            "effects": [
              "shifts-to-build",
              "routes",
            ],
            "id": "c29",
            "labels": {
              "app": "api",
              "build": "2",
            },
            "operation": "weight",
            "pullRequest": 10,
            "repository": "shop/api",
            "run": "https://github.com/shop/api/actions/runs/1",
            "subset": "api-2",
            "time": "2030-01-01T00:00:00.000Z",
            "undo": {
              "annotations": [
                {
                  "after": "9MBtAtmM",
                  "before": "{"v":1,"destinations":[{"destination":{"host":"api","subset":"v1"}},{"destination":{"host":"api","subset":"api-2"}}],"routes":[[[[0]],[[1,20]],null,"uoW8AoCc",["Nkdv1ZXH"]]]}",
                  "key": "istiops/baseline",
                },
              ],
              "previews": [],
              "routes": [
                {
                  "fields": [
                    {
                      "after": "Rw94L1aH",
                      "before": [
                        {
                          "destination": {
                            "host": "api",
                            "subset": "v1",
                          },
                          "weight": 80,
                        },
                        {
                          "destination": {
                            "host": "api",
                            "subset": "api-2",
                          },
                          "weight": 20,
                        },
                      ],
                      "name": "route",
                    },
                  ],
                  "memory": "AIcGKBvn",
                  "routes": [
                    "Nkdv1ZXH",
                  ],
                },
              ],
              "rules": [],
            },
            "wrote": [
              "api",
              "public",
            ],
          },
          {
            "asked": "20 %",
            "by": "octocat",
            "effects": [
              "shifts-to-build",
              "routes",
            ],
            "id": "c19",
            "labels": {
              "app": "api",
              "build": "2",
            },
            "operation": "weight",
            "pullRequest": 10,
            "repository": "shop/api",
            "run": "https://github.com/shop/api/actions/runs/1",
            "subset": "api-2",
            "time": "2030-01-01T00:00:00.000Z",
            "undo": {
              "annotations": [
                {
                  "after": "uHksedNH",
                  "before": null,
                  "key": "istiops/baseline",
                },
              ],
              "previews": [],
              "routes": [
                {
                  "fields": [
                    {
                      "after": "uoW8AoCc",
                      "before": [
                        {
                          "destination": {
                            "host": "api",
                            "subset": "v1",
                          },
                        },
                      ],
                      "name": "route",
                    },
                  ],
                  "memory": "w-eaKmrj",
                  "routes": [
                    "Nkdv1ZXH",
                  ],
                },
              ],
              "rules": [
                {
                  "added": [
                    {
                      "name": "api-2",
                      "print": "MWE2NC9X",
                    },
                  ],
                  "changed": [],
                  "name": "api",
                  "removed": [],
                },
              ],
            },
            "wrote": [
              "api",
              "public",
            ],
          },
        ],
        "v": 1,
      }
    `);
  });

  test('has the newest first, at most a hundred, and all but the newest ten packed', () => {
    let snapshot = PLANE;
    for (let i = 0; i < 120; i += 1) snapshot = change(snapshot, i);
    for (const object of snapshot.virtualServices) {
      const ids = parseHistory(object).changes.map((stored) => stored.change.id);
      expect(ids).toEqual(Array.from({ length: 100 }, (_, i) => `c${119 - i}`));
      expect(parseHistory(object).changes.every((stored) => stored.change.undo !== null)).toBe(true);
      const { changes, older } = storedOf(object);
      expect(changes).toHaveLength(10);
      expect(typeof older).toBe('string');
      expect(object.metadata.annotations?.[HISTORY]?.length).toBeLessThan(24 * 1024);
    }
  });

  test('is read as earlier versions wrote it, and is shorter after the next change', () => {
    let snapshot = PLANE;
    for (let i = 0; i < 40; i += 1) snapshot = change(snapshot, i);
    const unpackedAll = {
      ...snapshot,
      virtualServices: snapshot.virtualServices.map((object) =>
        withAnnotation(
          object,
          HISTORY,
          JSON.stringify({ v: 1, changes: parseHistory(object).changes.map(({ json }) => json) }),
        ),
      ),
    };
    const idsIn = ({ virtualServices }: Snapshot): readonly string[] =>
      virtualServices.flatMap((object) => parseHistory(object).changes.map(({ change: { id } }) => id));
    expect(idsIn(unpackedAll)).toEqual(idsIn(snapshot));
    expect(textsIn(change(unpackedAll, 40))).toEqual(textsIn(change(snapshot, 40)));
  });

  test.for<[string, unknown]>([
    ['is no list', { a: 1 }],
    ['is no packed text', 'istiops'],
    ['is a list of something else', [1]],
    ['lists more than there can be', Array.from({ length: 91 }, () => ({}))],
    ['is far larger than it looks', deflateRawSync(Buffer.alloc(32 * 1024 * 1024)).toString('base64url')],
  ])('is ignored whole where the older part %s', ([, older]) => {
    const [object] = change(PLANE, 1).virtualServices;
    if (object === undefined) throw new Error('The plane has no VirtualService.');
    const forged = withAnnotation(object, HISTORY, JSON.stringify({ ...storedOf(object), older }));
    expect(parseHistory(object)).toMatchObject({ changes: [{}], fault: null });
    expect(parseHistory(forged)).toEqual({ changes: [], fault: expect.any(String) as unknown });
  });

  test('keeps as many of the older changes as have room when they are packed', () => {
    // Nothing of it can be packed any smaller.
    const noise = (i: number): string =>
      createHash('shake256', { outputLength: 3000 }).update(`${i}`).digest('base64url');
    const large = (i: number): JsonObject => ({ id: `c${i}`, undo: noise(i) });
    const changes = Array.from({ length: 100 }, (_, i) => large(i));
    const { stored } = fitting(changes, 256 * 1024);
    const text = JSON.stringify(stored);
    expect(text.length).toBeLessThanOrEqual(64 * 1024);
    expect(text.length).toBeGreaterThan(60 * 1024);
    const older = unpacked(stored?.older).value as readonly unknown[];
    expect(older.length).toBeGreaterThan(3);
    expect(older).toEqual(changes.slice(10, 10 + older.length));
  });

  const big = Array.from({ length: 700 }, (_, i) => ({
    match: [{ uri: { prefix: `/some/path/of/${digestLike(i)}` } }],
    route: [{ destination: { host: 'api', subset: 'v1' } }],
  }));

  test('keeps at least ten, though there is no room for what reverts the older ones', () => {
    let snapshot = snapshotOf([virtualService({ http: big })], [RULE]);
    for (let i = 0; i < 14; i += 1) {
      const words = { operation: 'headers', 'pod-selector': 'app=api,build=2', headers: `x-cid=${i}` };
      snapshot = applied(
        snapshot,
        withHistory(plan(snapshot, intentOf(words)), { ...STAMP, id: `c${i}` }, BY, []),
      );
    }
    const [object] = snapshot.virtualServices;
    const kept = object === undefined ? [] : parseHistory(object).changes;
    expect(kept.length).toBeGreaterThanOrEqual(10);
    expect(kept[0]?.change.undo).not.toBeNull();
    expect(kept.at(-1)?.change.undo).toBeNull();
    expect(object?.metadata.annotations?.[HISTORY]?.length).toBeLessThan(100 * 1024);
  });

  test('is written anew where somebody else has made it something else', () => {
    const broken = {
      ...PLANE,
      virtualServices: PLANE.virtualServices.map((object) => withAnnotation(object, HISTORY, '{"v":1}')),
    };
    expect(recordsOf(withHistory(planned(broken), STAMP, BY, [])).map(({ id }) => id)).toEqual(['a1', 'a1']);
  });
});

describe('where one object has no room', () => {
  const filled = (object: VirtualService): VirtualService =>
    withAnnotation(object, 'notes', 'x'.repeat(256 * 1024 - 800));
  const [first, ...others] = PLANE.virtualServices;
  const snapshot = { ...PLANE, virtualServices: first ? [filled(first), ...others] : [] };

  test('none keeps what reverts it', () => {
    const one = withHistory(planned(snapshot), STAMP, BY, []);
    expect(recordsOf(one).map(({ undo }) => undo)).toEqual([null, null]);
    const written = writesOf(one).filter(({ kind }) => kind === 'VirtualService');
    expect(written).toHaveLength(2);
    for (const { after } of written) expect(annotationBytes(after)).toBeLessThanOrEqual(256 * 1024);
  });

  test('a warning says so, after what is said already', () => {
    const one = planned(snapshot);
    const kept = withHistory(one, STAMP, BY, []);
    expect(kept.findings.slice(0, -1)).toEqual(one.findings);
    expect(kept.findings.at(-1)).toEqual({
      code: 'undo-too-large',
      severity: 'warning',
      message: expect.stringMatching(
        /^What `undo` would need to revert this change does not fit into VirtualService shop\/public: Kubernetes allows 262144 bytes .* The change is made without it: /,
      ) as unknown,
      object: 'VirtualService shop/public',
      forceable: false,
    });
  });
});

function storedOf(object: VirtualService): StoredHistory {
  return JSON.parse(object.metadata.annotations?.[HISTORY] ?? '') as StoredHistory;
}

function textsIn({ virtualServices }: Snapshot): readonly (string | undefined)[] {
  return virtualServices.map((object) => object.metadata.annotations?.[HISTORY]);
}

function digestLike(i: number): string {
  return ((i * 2654435761) % 2 ** 32).toString(36).repeat(6);
}
