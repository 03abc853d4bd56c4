import { describe, expect, test } from 'vitest';
import { changed, dedent, objectsOf, type Loose } from './editing.ts';

const HEAD = 'apiVersion: networking.istio.io/v1\nkind: VirtualService\n';

/** A VirtualService whose text below `kind` is given; the same part of the result is expected. */
function body(text: string, change: (object: Loose) => void): string {
  const result = changed(HEAD + text, change);
  expect(result.startsWith(HEAD)).toBe(true);
  return result.slice(HEAD.length);
}

const SPLIT = dedent`
  metadata:
    name: api # ours
  spec:
    hosts: [api]
    http:
      # everyone
      - route:
          - destination:
              host: api
              subset: "v1" # stable
            weight: 80
          # the new one
          - destination:
              host: api
              subset: v2
            weight: 20   # little
        timeout: 5s
`;

describe('changed scalars', () => {
  test('from 80/20 to 50/50 changes the two weights, nothing else', () => {
    const after = body(SPLIT, (vs) => {
      vs.spec.http[0].route[0].weight = 50;
      vs.spec.http[0].route[1].weight = 50;
    });
    expect(after).toBe(SPLIT.replace('weight: 80', 'weight: 50').replace('weight: 20', 'weight: 50'));
  });

  test.for([
    ['"v1"', 'v3', '"v3"'],
    ["'v1'", 'v3', "'v3'"],
    ["'v1'", "it's", "'it''s'"],
    ['v1', 'v3', 'v3'],
    ['v1', '20', "'20'"],
    ['v1', 'on', "'on'"],
    ['v1', '020', "'020'"],
    ['v1', '12:30:00', "'12:30:00'"],
    ['v1', '', "''"],
    ['v1', '# no', "'# no'"],
    ['v1', 'a\u0085b', '"a\\u0085b"'],
    ['"v1"', 'say "hi"', '"say \\"hi\\""'],
    ['!!str 1', 'v3', 'v3'],
    ['|-\n        v1', 'v3', 'v3'],
    ['>-\n        v1\n        v1', 'v3', 'v3'],
    ['"v\\\n        1"', 'v3', '"v3"'],
  ])('%j becomes %j as %j', ([written, value, expected]) => {
    const text = `metadata:\n  name: api\nspec:\n  http:\n  - name: ${written ?? ''}\n    timeout: 5s\n`;
    const after = body(text, (vs) => {
      vs.spec.http[0].name = value;
    });
    expect(after).toBe(
      `metadata:\n  name: api\nspec:\n  http:\n  - name: ${expected ?? ''}\n    timeout: 5s\n`,
    );
  });

  test('a text of several lines is a block where it was plain', () => {
    const after = body('metadata:\n  name: api\n  annotations:\n    note: short\nspec: {}\n', (vs) => {
      vs.metadata.annotations.note = 'one\n  two\n';
    });
    expect(after).toBe(
      'metadata:\n  name: api\n  annotations:\n    note: |\n      one\n        two\nspec: {}\n',
    );
  });
});

describe('routes', () => {
  const preview = (vs: Loose): Loose => ({
    name: 'istiops-api-10',
    match: [{ headers: { 'x-cid': { exact: 'seu madruga' } } }],
    ...structuredClone(vs.spec.http[0]),
    route: [{ destination: { host: 'api', subset: 'v3' } }],
  });

  test('a route above another one is lines put in, in the style around them', () => {
    const after = body(SPLIT, (vs) => vs.spec.http.unshift(preview(vs)));
    const lines = dedent`
          - name: istiops-api-10
            match:
              - headers:
                  x-cid:
                    exact: seu madruga
            route:
              - destination:
                  host: api
                  subset: "v3"
            timeout: 5s
    `.replaceAll(/^(?=.)/gm, '    ');
    expect(after).toBe(SPLIT.replace('    # everyone\n', `${lines}    # everyone\n`));
    expect(changed(HEAD + after, (vs) => vs.spec.http.shift())).toBe(HEAD + SPLIT);
  });

  test('lists that stand at the column of their key', () => {
    const text = dedent`
      metadata:
        name: api
      spec:
        http:
        - route:
          - destination:
              host: api
    `;
    const after = body(text, (vs) => vs.spec.http.push(preview(vs)));
    expect(after).toBe(
      text +
        dedent`
          - name: istiops-api-10
            match:
            - headers:
                x-cid:
                  exact: seu madruga
            route:
            - destination:
                host: api
                subset: v3
        `.replaceAll(/^(?=.)/gm, '  '),
    );
  });

  test('four columns, and more behind the dash', () => {
    const text = dedent`
      metadata:
          name: api
      spec:
          http:
              -   route:
                      -   destination:
                              host: api
                          weight: 100
    `;
    const after = body(text, (vs) =>
      vs.spec.http[0].route.push({ destination: { host: 'api', subset: 'b' }, weight: 0 }),
    );
    expect(after).toBe(
      text +
        dedent`
                      -   destination:
                              host: api
                              subset: b
                          weight: 0
        `.replaceAll(/^(?=.)/gm, ' '.repeat(16)),
    );
  });

  test('blank lines between routes are kept up', () => {
    const text = dedent`
      metadata:
        name: api
      spec:
        http:
          - name: a

          - name: b

      # the end
    `;
    const middle = body(text, (vs) => vs.spec.http.splice(1, 0, { name: 'new' }));
    expect(middle).toBe(text.replace('- name: b', '- name: new\n\n    - name: b'));
    const last = body(text, (vs) => vs.spec.http.push({ name: 'new' }));
    expect(last).toBe(text.replace('- name: b\n', '- name: b\n\n    - name: new\n'));
    for (const [at, after] of [middle, last].entries()) {
      expect(body(after, (vs) => vs.spec.http.splice(1 + at, 1))).toBe(text);
    }
    expect(body(text, (vs) => vs.spec.http.shift())).toBe(text.replace('    - name: a\n\n', ''));
  });

  test('what goes takes its own comments along and leaves the others', () => {
    const text = dedent`
      metadata:
        name: api
      spec:
        http:
          # about a
          - name: a # a, too
            # a: inside

          # a section

          # about b
          - name: b
          # commented out
          # - name: c
        hosts: [api]
    `;
    expect(body(text, (vs) => vs.spec.http.shift())).toBe(dedent`
      metadata:
        name: api
      spec:
        http:
          # a section

          # about b
          - name: b
          # commented out
          # - name: c
        hosts: [api]
    `);
    expect(body(text, (vs) => vs.spec.http.pop())).toBe(dedent`
      metadata:
        name: api
      spec:
        http:
          # about a
          - name: a # a, too
            # a: inside

          # a section

          # commented out
          # - name: c
        hosts: [api]
    `);
  });

  test('all of them gone is an empty list, and one more is a block again', () => {
    const text = 'metadata:\n  name: api\nspec:\n  http: # routes\n  - name: a # x\n  hosts:\n  - api\n';
    const empty = body(text, (vs) => {
      vs.spec.http = [];
    });
    expect(empty).toBe('metadata:\n  name: api\nspec:\n  http: [] # routes\n  hosts:\n  - api\n');
    expect(body(empty, (vs) => vs.spec.http.push({ name: 'b' }))).toBe(
      'metadata:\n  name: api\nspec:\n  http: # routes\n  - name: b\n  hosts:\n  - api\n',
    );
  });

  test('equal routes are told apart by their place', () => {
    const text =
      'metadata:\n  name: api\nspec:\n  http:\n  - name: a # 1\n  - name: a # 2\n  - name: a # 3\n';
    expect(body(text, (vs) => (vs.spec.http[2].timeout = '5s'))).toBe(`${text}    timeout: 5s\n`);
    expect(body(text, (vs) => vs.spec.http.pop())).toBe(text.replace('  - name: a # 3\n', ''));
  });
});

describe('fields', () => {
  test('annotations where there were none, JSON in single quotes on one line', () => {
    const long = JSON.stringify({ list: Array.from({ length: 200 }, (_, index) => `item ${index}`) });
    const after = body(SPLIT, (vs) => {
      vs.metadata.annotations = { 'istiops/baseline': long, 'istiops/subsets': 'a,b' };
    });
    expect(after).toBe(
      SPLIT.replace(
        'name: api # ours\n',
        `name: api # ours\n  annotations:\n    istiops/baseline: '${long}'\n    istiops/subsets: a,b\n`,
      ),
    );
    expect(body(after, (vs) => delete vs.metadata.annotations)).toBe(SPLIT);
  });

  test('the first field of a list item, on the line of its dash', () => {
    const text = dedent`
      metadata:
        name: api
      spec:
        http:
          - match:
              - uri:
                  prefix: /
            # below
            timeout: 5s
    `;
    const named = body(text, (vs) => {
      vs.spec.http[0] = { name: 'a', ...vs.spec.http[0] };
    });
    expect(named).toBe(text.replace('- match:', '- name: a\n      match:'));
    expect(body(named, (vs) => delete vs.spec.http[0].name)).toBe(text);
    expect(body(text, (vs) => delete vs.spec.http[0].match)).toBe(
      'metadata:\n  name: api\nspec:\n  http:\n    - # below\n      timeout: 5s\n',
    );
  });

  test('a namespace that the text leaves out is not put in', () => {
    const text = 'metadata:\n  name: api\nspec:\n  http: []\n';
    expect(objectsOf(HEAD + text)[0]?.['metadata']).toEqual({ name: 'api', namespace: 'default' });
    expect(body(text, (vs) => (vs.metadata.labels = { app: 'api' }))).toBe(
      'metadata:\n  name: api\n  labels:\n    app: api\nspec:\n  http: []\n',
    );
  });

  test('behind a block scalar that keeps its line ends', () => {
    const text = 'metadata:\n  name: api\n  annotations:\n    note: |+\n      a\n\nspec: {}\n';
    const after = body(text, (vs) => (vs.metadata.annotations.b = 'c'));
    expect(after).toBe(
      'metadata:\n  name: api\n  annotations:\n    note: |+\n      a\n\n    b: c\nspec: {}\n',
    );
    expect(body(after, (vs) => delete vs.metadata.annotations.b)).toBe(text);
  });

  test('what looks like a comment in a block scalar is none', () => {
    const text =
      'metadata:\n  name: api\n  annotations:\n    note: |\n    # no comment\n    b: c\nspec: {}\n'.replace(
        '    # no comment',
        '      a\n      # no comment',
      );
    expect(body(text, (vs) => delete vs.metadata.annotations.b)).toBe(text.replace('    b: c\n', ''));
  });

  test('a value that was left out', () => {
    const text = 'metadata:\n  name: api\n  annotations: # none\nspec: {}\n';
    const bad = `${HEAD}${text}`;
    // Kubernetes would refuse `annotations: null`, so this shows only where nobody checks it.
    expect(() => objectsOf(bad)).toThrow(
      'vs.yaml:5:3: VirtualService: metadata.annotations must be an object',
    );
    expect(
      body('metadata:\n  name: api\nspec:\n  x: # none\n  z:\n', (vs) => {
        vs.spec.x = [{ a: 1 }];
        vs.spec.z = 5;
      }),
    ).toBe('metadata:\n  name: api\nspec:\n  x: # none\n  - a: 1\n  z: 5\n');
  });
});

describe('files', () => {
  test('CRLF stays CRLF', () => {
    const text = SPLIT.replaceAll('\n', '\r\n');
    const crlf = (HEAD + text).replaceAll(/\r?\n/g, '\r\n');
    const after = changed(crlf, (vs) => {
      vs.spec.http[0].route[0].weight = 50;
      vs.spec.http.unshift({ name: 'new', route: [{ destination: { host: 'api' } }] });
    });
    expect(after.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(changed(after, (vs) => (vs.spec.http.shift(), (vs.spec.http[0].route[0].weight = 80)))).toBe(crlf);
  });

  test('no line end at the end stays none', () => {
    const text = `${HEAD}metadata:\n  name: api\nspec:\n  http:\n  - name: a`;
    const after = changed(text, (vs) => vs.spec.http.push({ name: 'b' }, { name: 'c' }));
    expect(after).toBe(`${text}\n  - name: b\n  - name: c`);
    expect(changed(after, (vs) => vs.spec.http.splice(1, 2))).toBe(text);
  });

  test('a byte order mark stays', () => {
    const text = `\ufeff${HEAD}${SPLIT}`;
    expect(changed(text, (vs) => (vs.spec.http[0].timeout = '6s'))).toBe(text.replace('5s', '6s'));
  });

  test('only the document with the object changes', () => {
    const other = 'a: 1\nb:   [ 1,2 ]\n';
    const text = `# top\n---\n${other}---  # two\n${HEAD}${SPLIT}...\n%YAML 1.2\n---\n${other}---\n`;
    expect(changed(text, (vs) => (vs.spec.http[0].timeout = '6s'))).toBe(text.replace('5s', '6s'));
  });

  test('an item of a List', () => {
    const text = dedent`
      apiVersion: v1
      kind: List
      items:
      - apiVersion: v1
        kind: ConfigMap
        metadata: {name: x}
      - apiVersion: networking.istio.io/v1beta1
        kind: DestinationRule
        metadata:
          name: api
          namespace: shop
        spec:
          host: api
          subsets:
          - name: v1
            labels: {app: api, version: "1"}
      - apiVersion: networking.istio.io/v1alpha3
        kind: VirtualService
        metadata: {name: api}
    `.concat('  spec: {hosts: [api]}\n');
    const after = changed(text, (dr) =>
      dr.spec.subsets.push({ name: 'v2', labels: { app: 'api', version: '2' } }),
    );
    const added = '    - name: v2\n      labels: {app: api, version: "2"}\n';
    expect(after).toBe(text.replace('version: "1"}\n', `version: "1"}\n${added}`));
    expect(changed(text, (vs) => (vs.spec.hosts = ['b']), 1)).toBe(text.replace('[api]', '[b]'));
    expect(changed(text, (vs) => (vs.metadata.annotations = { a: '1' }), 1)).toBe(
      text.replace('{name: api}\n', '{name: api, annotations: {a: "1"}}\n'),
    );
  });
});

describe('flow style and JSON', () => {
  test('items go in and out between commas', () => {
    const text = dedent`
      metadata: { name: api }
      spec:
        http:
          - { name: a, route: [ { destination: { host: api }, weight: 1 } ] }
          - {
              name: b, # the second
              timeout: 5s, # short
            }
    `;
    const route = { destination: { host: 'api', subset: 'on' }, weight: 0 };
    const after = body(text, (vs) => {
      vs.metadata.annotations = { a: 'b, c' };
      vs.spec.http[0].route.unshift(route);
      delete vs.spec.http[1].timeout;
      vs.spec.http.push({ name: 'c', route: [route] });
    });
    expect(after).toBe(dedent`
      metadata: { name: api, annotations: { a: 'b, c' } }
      spec:
        http:
          - { name: a, route: [ { destination: { host: api, subset: 'on' }, weight: 0 }, { destination: { host: api }, weight: 1 } ] }
          - {
              name: b, # the second
            }
          - { name: c, route: [ { destination: { host: api, subset: 'on' }, weight: 0 } ] }
    `);
  });

  const object = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'api' },
    spec: {
      hosts: ['api'],
      http: [{ route: [{ destination: { host: 'api', subset: 'v1' }, weight: 100 }] }],
    },
  };
  const edit = (vs: Loose): void => {
    vs.metadata.annotations = { 'istiops/baseline': '{"a":"\'"}' };
    vs.spec.http.unshift({
      name: 'new',
      match: [{ headers: { a: {} } }],
      route: [{ destination: { host: 'api' } }],
    });
    vs.spec.http[1].route[0].weight = 80;
    vs.spec.http[1].route.push({ destination: { host: 'api', subset: 'v2' }, weight: 20 });
  };

  test.for([2, 4, '\t', 0])('JSON indented by %j', (indent) => {
    const text = JSON.stringify(object, null, indent);
    const after = changed(text, edit, 0, 'vs.json');
    const expected: Loose = structuredClone(object);
    edit(expected);
    expect(after).toBe(JSON.stringify(expected, null, indent));
    const undone = changed(
      after,
      (vs) =>
        Object.assign(vs, { metadata: { ...object.metadata, namespace: 'default' }, spec: object.spec }),
      0,
      'vs.json',
    );
    expect(undone).toBe(text);
  });

  test('JSON with short objects on one line', () => {
    const text =
      '{"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "api"}, "spec": {"hosts": ["api"]}}\n';
    expect(changed(text, (vs) => vs.spec.hosts.push('b'), 0, 'vs.json')).toBe(
      text.replace('["api"]', '["api", "b"]'),
    );
    expect(changed(text, (vs) => (vs.spec.gateways = []), 0, 'vs.json')).toBe(
      text.replace('["api"]}', '["api"], "gateways": []}'),
    );
  });
});

describe('anchors', () => {
  const shared = dedent`
    metadata:
      name: api
    spec:
      http:
        - name: a
          route: &split
            - destination: {host: api, subset: v1}
              weight: 80
            - destination: {host: api, subset: v2}
              weight: 20
        - name: b
          route: *split
        - name: c
          route: *split
  `;
  const weigh = (route: Loose, first: number): void => {
    route[0].weight = first;
    route[1].weight = 100 - first;
  };

  test('aliases follow where all of them change alike', () => {
    const after = body(shared, (vs) => {
      for (const index of [0, 1, 2]) vs.spec.http[index].route = structuredClone(vs.spec.http[index].route);
      for (const { route } of vs.spec.http) weigh(route, 50);
    });
    expect(after).toBe(shared.replace('80', '50').replace('20', '50'));
  });

  test('the anchor moves where the others stay', () => {
    const after = body(shared, (vs) => {
      vs.spec.http[0].route = structuredClone(vs.spec.http[0].route);
      weigh(vs.spec.http[0].route, 50);
    });
    expect(after).toBe(dedent`
      metadata:
        name: api
      spec:
        http:
          - name: a
            route:
              - destination: {host: api, subset: v1}
                weight: 50
              - destination: {host: api, subset: v2}
                weight: 50
          - name: b
            route: &split
              - destination: {host: api, subset: v1}
                weight: 80
              - destination: {host: api, subset: v2}
                weight: 20
          - name: c
            route: *split
    `);
  });

  test('an alias is written out where it alone changes', () => {
    const after = body(shared, (vs) => {
      vs.spec.http[1].route = structuredClone(vs.spec.http[1].route);
      weigh(vs.spec.http[1].route, 50);
    });
    expect(after).toBe(
      shared.replace(
        'route: *split',
        dedent`
          route:
                  - destination: {host: api, subset: v1}
                    weight: 50
                  - destination: {host: api, subset: v2}
                    weight: 50
        `.trimEnd(),
      ),
    );
  });

  test('one that stays is written out where others follow', () => {
    const after = body(shared, (vs) => {
      for (const index of [0, 2]) {
        vs.spec.http[index].route = structuredClone(vs.spec.http[index].route);
        weigh(vs.spec.http[index].route, 50);
      }
    });
    expect(after).toBe(dedent`
      metadata:
        name: api
      spec:
        http:
          - name: a
            route: &split
              - destination: {host: api, subset: v1}
                weight: 50
              - destination: {host: api, subset: v2}
                weight: 50
          - name: b
            route:
              - destination: {host: api, subset: v1}
                weight: 80
              - destination: {host: api, subset: v2}
                weight: 20
          - name: c
            route: *split
    `);
  });

  test('an anchored route that goes leaves its anchor to the first that needs it', () => {
    const after = body(shared, (vs) => vs.spec.http.shift());
    expect(after).toBe(dedent`
      metadata:
        name: api
      spec:
        http:
          - name: b
            route: &split
              - destination: {host: api, subset: v1}
                weight: 80
              - destination: {host: api, subset: v2}
                weight: 20
          - name: c
            route: *split
    `);
  });

  test('an alias as a list item and a scalar', () => {
    const text = dedent`
      metadata:
        name: api
      spec:
        hosts: [&host api]
        http:
          - &first # one
            name: a
            timeout: &t 5s
          - *first
          - name: c
            timeout: *t
            x: *host
    `;
    const after = body(text, (vs) => {
      vs.spec.http[1] = { ...vs.spec.http[1], timeout: '6s' };
      vs.spec.http[2].timeout = '7s';
      vs.spec.hosts[0] = 'web';
    });
    expect(after).toBe(dedent`
      metadata:
        name: api
      spec:
        hosts: [web]
        http:
          - &first # one
            name: a
            timeout: &t 5s
          - name: a
            timeout: 6s
          - name: c
            timeout: 7s
            x: &host api
    `);
  });

  const merging = dedent`
    metadata:
      name: api
    spec:
      x-base: &base
        timeout: 5s
        name: base
      http:
        - <<: *base
          name: a
        - <<: *base
          # about b
          name: b
  `;

  test('a merged field that changes is written below its merge key', () => {
    const after = body(merging, (vs) => (vs.spec.http[0].timeout = '6s'));
    expect(after).toBe(merging.replace('- <<: *base\n', '- <<: *base\n      timeout: 6s\n'));
  });

  test('a merged field that goes spells the merge key out', () => {
    const after = body(merging, (vs) => {
      delete vs.spec.http[1].timeout;
    });
    expect(after).toBe(merging.replace('- <<: *base\n      # about b', '- # about b'));
  });

  test('what is merged from changes for nobody else', () => {
    const after = body(merging, (vs) => {
      vs.spec['x-base'] = { timeout: '9s' };
    });
    expect(objectsOf(HEAD + after)[0]).toMatchObject({
      spec: {
        http: [
          { timeout: '5s', name: 'a' },
          { timeout: '5s', name: 'b' },
        ],
      },
    });
    expect(after).toContain('# about b\n');
  });
});

test('a key written as `? key` is rewritten with its map, the rest is left', () => {
  const text = dedent`
    metadata:
      name: api
    spec:
      # stays
      http:
        - ? name
          : a
          timeout: 5s
      hosts: [api] # stays, too
  `;
  expect(body(text, (vs) => (vs.spec.http[0].timeout = '6s'))).toBe(
    text.replace('- ? name\n      : a\n      timeout: 5s', '- name: a\n      timeout: 6s'),
  );
});
