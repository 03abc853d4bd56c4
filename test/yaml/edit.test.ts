import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/base/json.ts';
import { edit, parse } from '../../src/yaml/index.ts';
import { changed, dedent, indent, insert, lead, objectsOf, remove, set, type Change } from './editing.ts';

const HEAD = 'apiVersion: networking.istio.io/v1\nkind: VirtualService\n';

/** A VirtualService whose text below `kind` is given; the same part of the result comes back. */
function body(text: string, ...changes: Change[]): string {
  const result = changed(HEAD + text, 0, ...changes);
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

const PREVIEW: Json = {
  name: 'istiops-api-10',
  match: [{ headers: { 'x-cid': { exact: 'seu madruga' } } }],
  route: [{ destination: { host: 'api', subset: 'v3' } }],
  timeout: '5s',
};

describe('changed scalars', () => {
  test('from 80/20 to 50/50 changes the two weights, nothing else', () => {
    const after = body(
      SPLIT,
      set('spec.http[0].route[0].weight', 50),
      set('spec.http[0].route[1].weight', 50),
    );
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
  ] as const)('%j becomes %j as %j', ([written, value, expected]) => {
    const text = (name: string): string =>
      `metadata:\n  name: api\nspec:\n  http:\n  - name: ${name}\n    timeout: 5s\n`;
    expect(body(text(written), set('spec.http[0].name', value))).toBe(text(expected));
  });

  test('a text of several lines is a block where it was plain', () => {
    const text = 'metadata:\n  name: api\n  annotations:\n    note: short\nspec: {}\n';
    expect(body(text, set('metadata.annotations.note', 'one\n  two\n'))).toBe(
      text.replace('short', '|\n      one\n        two'),
    );
  });
});

describe('routes', () => {
  test('a route above another one is lines put in, in the style around them', () => {
    const after = body(SPLIT, insert('spec.http[0]', PREVIEW));
    const lines = indent(
      dedent`
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
      `,
      4,
    );
    expect(after).toBe(SPLIT.replace('    # everyone\n', `${lines}    # everyone\n`));
    expect(body(after, remove('spec.http[0]'))).toBe(SPLIT);
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
    const lines = dedent`
      - name: istiops-api-10
        match:
        - headers:
            x-cid:
              exact: seu madruga
        route:
        - destination:
            host: api
            subset: v3
        timeout: 5s
    `;
    expect(body(text, insert('spec.http[1]', PREVIEW))).toBe(text + indent(lines, 2));
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
    const lines = dedent`
      -   destination:
              host: api
              subset: b
          weight: 0
    `;
    const added = insert('spec.http[0].route[1]', { destination: { host: 'api', subset: 'b' }, weight: 0 });
    expect(body(text, added)).toBe(text + indent(lines, 16));
  });

  const SPACED = dedent`
    metadata:
      name: api
    spec:
      http:
        - name: a

        - name: b

    # the end
  `;

  test.for([
    [0, '- name: a', '- name: new\n\n    - name: a'],
    [1, '- name: b', '- name: new\n\n    - name: b'],
    [2, '- name: b', '- name: b\n\n    - name: new'],
  ] as const)('blank lines between routes are kept up: at %i', ([at, old, expected]) => {
    const after = body(SPACED, insert(`spec.http[${at}]`, { name: 'new' }));
    expect(after).toBe(SPACED.replace(old, expected));
    expect(body(after, remove(`spec.http[${at}]`))).toBe(SPACED);
  });

  test('what goes takes its own comments along and leaves the others', () => {
    const [a, section, b, out] = [
      '    # about a\n    - name: a # a, too\n      # a: inside\n',
      '    # a section\n',
      '    # about b\n    - name: b\n',
      '    # commented out\n    # - name: c\n',
    ];
    const around = (inside: string): string =>
      `metadata:\n  name: api\nspec:\n  http:\n${inside}  hosts: [api]\n`;
    const text = around(`${a}\n${section}\n${b}${out}`);
    expect(body(text, remove('spec.http[0]'))).toBe(around(`${section}\n${b}${out}`));
    expect(body(text, remove('spec.http[1]'))).toBe(around(`${a}\n${section}\n${out}`));
  });

  test('all of them gone is an empty list, and one more is a block again', () => {
    const text = 'metadata:\n  name: api\nspec:\n  http: # routes\n  - name: a # x\n  hosts:\n  - api\n';
    const empty = body(text, set('spec.http', []));
    expect(empty).toBe(text.replace('http: # routes\n  - name: a # x', 'http: [] # routes'));
    expect(body(empty, insert('spec.http[0]', { name: 'b' }))).toBe(text.replace('a # x', 'b'));
  });

  test('equal routes are told apart by their place', () => {
    const text =
      'metadata:\n  name: api\nspec:\n  http:\n  - name: a # 1\n  - name: a # 2\n  - name: a # 3\n';
    expect(body(text, set('spec.http[2].timeout', '5s'))).toBe(`${text}    timeout: 5s\n`);
    expect(body(text, remove('spec.http[2]'))).toBe(text.replace('  - name: a # 3\n', ''));
  });
});

describe('fields', () => {
  test('annotations where there were none, JSON in single quotes on one line', () => {
    const long = JSON.stringify({ list: Array.from({ length: 200 }, (_, index) => `item ${index}`) });
    const after = body(
      SPLIT,
      set('metadata.annotations', { 'istiops/baseline': long, 'istiops/subsets': 'a,b' }),
    );
    const lines = `  annotations:\n    istiops/baseline: '${long}'\n    istiops/subsets: a,b\n`;
    expect(after).toBe(SPLIT.replace('# ours\n', `# ours\n${lines}`));
    expect(body(after, remove('metadata.annotations'))).toBe(SPLIT);
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
    const named = body(text, lead('spec.http[0].name', 'a'));
    expect(named).toBe(text.replace('- match:', '- name: a\n      match:'));
    expect(body(named, remove('spec.http[0].name'))).toBe(text);
    expect(body(text, remove('spec.http[0].match'))).toBe(
      'metadata:\n  name: api\nspec:\n  http:\n    - # below\n      timeout: 5s\n',
    );
  });

  test('a namespace that the text leaves out is not put in', () => {
    const text = 'metadata:\n  name: api\nspec:\n  http: []\n';
    expect(objectsOf(HEAD + text)[0]?.['metadata']).toEqual({ name: 'api', namespace: 'default' });
    expect(body(text, set('metadata.labels', { app: 'api' }))).toBe(
      text.replace('name: api\n', 'name: api\n  labels:\n    app: api\n'),
    );
  });

  test('behind a block scalar that keeps its line ends', () => {
    const text = 'metadata:\n  name: api\n  annotations:\n    note: |+\n      a\n\nspec: {}\n';
    const after = body(text, set('metadata.annotations.b', 'c'));
    expect(after).toBe(text.replace('a\n\n', 'a\n\n    b: c\n'));
    expect(body(after, remove('metadata.annotations.b'))).toBe(text);
  });

  test('what looks like a comment in a block scalar is none', () => {
    const text =
      'metadata:\n  name: api\n  annotations:\n    note: |\n      a\n      # text\n    b: c\nspec: {}\n';
    expect(body(text, remove('metadata.annotations.b'))).toBe(text.replace('    b: c\n', ''));
  });

  test('a value that was left out', () => {
    const text = 'metadata:\n  name: api\nspec:\n  http: []\n  x: # none\n  z:\n';
    expect(body(text, set('spec.x', [{ a: 1 }]), set('spec.z', 5))).toBe(
      text.replace('# none\n', '# none\n  - a: 1\n').replace('z:', 'z: 5'),
    );
  });

  test('a key written as `? key` stays; where its map gets or loses one, that map is rewritten and the rest is left', () => {
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
    expect(body(text, set('spec.http[0].timeout', '6s'))).toBe(text.replace('5s', '6s'));
    expect(body(text, remove('spec.http[0].timeout'))).toBe(
      text.replace('- ? name\n      : a\n      timeout: 5s', '- name: a'),
    );
  });
});

describe('files', () => {
  test('CRLF stays CRLF', () => {
    const text = (HEAD + SPLIT).replaceAll('\n', '\r\n');
    const after = changed(text, 0, set('spec.http[0].timeout', '6s'), insert('spec.http[0]', PREVIEW));
    expect(after).toContain('exact: seu madruga\r\n');
    expect(after.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(changed(after, 0, remove('spec.http[0]'), set('spec.http[0].timeout', '5s'))).toBe(text);
  });

  test('no line end at the end stays none', () => {
    const text = `${HEAD}metadata:\n  name: api\nspec:\n  http:\n  - name: a`;
    const after = changed(text, 0, insert('spec.http[1]', { name: 'b' }, { name: 'c' }));
    expect(after).toBe(`${text}\n  - name: b\n  - name: c`);
    expect(changed(after, 0, remove('spec.http[1]'), remove('spec.http[1]'))).toBe(text);
  });

  test('a byte order mark stays', () => {
    const text = `\ufeff${HEAD}${SPLIT}`;
    expect(changed(text, 0, set('spec.http[0].timeout', '6s'))).toBe(text.replace('5s', '6s'));
  });

  test('only the document with the object changes', () => {
    const other = 'a: 1\nb:   [ 1,2 ]\n';
    const text = `# top\n---\n${other}---  # two\n${HEAD}${SPLIT}...\n%YAML 1.2\n---\n${other}---\n`;
    expect(changed(text, 0, set('spec.http[0].timeout', '6s'))).toBe(text.replace('5s', '6s'));
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
        spec: {hosts: [api]}
    `;
    const subset = { name: 'v2', labels: { app: 'api', version: '2' } };
    expect(changed(text, 0, insert('spec.subsets[1]', subset))).toBe(
      text.replace('"1"}\n', '"1"}\n    - name: v2\n      labels: {app: api, version: "2"}\n'),
    );
    expect(changed(text, 1, set('spec.hosts', ['b']))).toBe(text.replace('[api]', '[b]'));
    expect(changed(text, 1, set('metadata.annotations', { a: '1' }))).toBe(
      text.replace('{name: api}', '{name: api, annotations: {a: "1"}}'),
    );
  });
});

describe('flow style and JSON', () => {
  test('keys of a block are not in quotes because braces in it are JSON', () => {
    const text = 'metadata:\n  name: api\nspec:\n  http:\n  - {"name":"a"}\n';
    const after = body(text, set('metadata.annotations', { a: 'b' }), insert('spec.http[1]', { name: 'b' }));
    expect(after).toBe(
      `metadata:\n  name: api\n  annotations:\n    a: b\n${text.slice(22)}  - {"name":"b"}\n`,
    );
    expect(body(after, remove('metadata.annotations'), remove('spec.http[1]'))).toBe(text);
  });

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
    const after = body(
      text,
      set('metadata.annotations', { a: 'b, c' }),
      insert('spec.http[0].route[0]', route),
      remove('spec.http[1].timeout'),
      insert('spec.http[2]', { name: 'c', route: [route] }),
    );
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

  const route: Json = { destination: { host: 'api', subset: 'v1' }, weight: 100 };
  const object: Json = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'api' },
    spec: { hosts: ['api'], http: [{ route: [route] }] },
  };
  const edits = [
    set('metadata.annotations', { 'istiops/baseline': '{"a":"\'"}' }),
    set('spec.http[0].route[0].weight', 80),
    insert('spec.http[0].route[1]', { destination: { host: 'api', subset: 'v2' }, weight: 20 }),
    insert('spec.http[0]', {
      name: 'new',
      match: [{ headers: { a: {} } }],
      route: [{ destination: { host: 'api' } }],
    }),
  ];

  test.for([2, 4, '\t', 0])('JSON indented by %j', (unit) => {
    const text = JSON.stringify(object, null, unit);
    const after = changed(text, 0, ...edits);
    expect(after).toBe(
      JSON.stringify(
        edits.reduce<Json>((value, edit) => edit(value), object),
        null,
        unit,
      ),
    );
    expect(changed(after, 0, remove('metadata.annotations'), set('spec.http', [{ route: [route] }]))).toBe(
      text,
    );
  });

  test.for(['  ', '    ', '\t'])('JSON indented by %j, with brackets joined', (unit) => {
    const rule = (...subsets: readonly string[]): string => {
      const items = subsets.map((name) => `{\n${unit.repeat(3)}"name": "${name}"\n${unit.repeat(2)}}`);
      const fields = [
        '"apiVersion": "networking.istio.io/v1"',
        '"kind": "DestinationRule"',
        '"metadata": {"name": "api"}',
        `"spec": {\n${unit.repeat(2)}"host": "api",\n${unit.repeat(2)}"subsets": [${items.join(', ')}]\n${unit}}`,
      ];
      return `{\n${fields.map((field) => unit + field).join(',\n')}\n}\n`;
    };
    const [one, two] = [rule('v1'), rule('v1', 'v2')];
    expect(changed(one, 0, insert('spec.subsets[1]', { name: 'v2' }))).toBe(two);
    expect(changed(one, 0, insert('spec.subsets[0]', { name: 'v0' }))).toBe(rule('v0', 'v1'));
    expect(changed(two, 0, insert('spec.subsets[1]', { name: 'qa' }))).toBe(rule('v1', 'qa', 'v2'));
    expect(changed(two, 0, remove('spec.subsets[1]'))).toBe(one);
  });

  test('JSON on one line, with blanks', () => {
    const text =
      '{"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "api"}, "spec": {"hosts": ["api"]}}\n';
    expect(changed(text, 0, insert('spec.hosts[1]', 'b'))).toBe(text.replace('["api"]', '["api", "b"]'));
    expect(changed(text, 0, set('spec.gateways', []))).toBe(
      text.replace('["api"]', '["api"], "gateways": []'),
    );
  });
});

describe('anchors', () => {
  const split = (first: number): string =>
    `- destination: {host: api, subset: v1}\n  weight: ${first}\n- destination: {host: api, subset: v2}\n  weight: ${100 - first}\n`;
  const routes = (...each: readonly (readonly [name: string, route: string])[]): string =>
    'metadata:\n  name: api\nspec:\n  http:\n' +
    each
      .map(([name, route]) => {
        const [first = '', ...lines] = route.split('\n');
        return `    - name: ${name}\n      route:${first === '' ? '' : ` ${first}`}\n${indent(lines.join('\n'), 8)}`;
      })
      .join('');
  const shared = routes(['a', `&split\n${split(80)}`], ['b', '*split'], ['c', '*split']);
  const weigh = (index: number, first: number): Change[] => [
    set(`spec.http[${index}].route[0].weight`, first),
    set(`spec.http[${index}].route[1].weight`, 100 - first),
  ];

  test('aliases follow where all of them change alike', () => {
    expect(body(shared, ...weigh(0, 50), ...weigh(1, 50), ...weigh(2, 50))).toBe(
      routes(['a', `&split\n${split(50)}`], ['b', '*split'], ['c', '*split']),
    );
  });

  test('the anchor moves where the others stay', () => {
    expect(body(shared, ...weigh(0, 50))).toBe(
      routes(['a', `\n${split(50)}`], ['b', `&split\n${split(80)}`], ['c', '*split']),
    );
  });

  test('an alias is written out where it alone changes', () => {
    expect(body(shared, ...weigh(1, 50))).toBe(
      routes(['a', `&split\n${split(80)}`], ['b', `\n${split(50)}`], ['c', '*split']),
    );
  });

  test('one that stays is written out where others follow', () => {
    expect(body(shared, ...weigh(0, 50), ...weigh(2, 50))).toBe(
      routes(['a', `&split\n${split(50)}`], ['b', `\n${split(80)}`], ['c', '*split']),
    );
  });

  test('an anchored route that goes leaves its anchor to the first that needs it', () => {
    expect(body(shared, remove('spec.http[0]'))).toBe(routes(['b', `&split\n${split(80)}`], ['c', '*split']));
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
    const after = body(
      text,
      set('spec.http[1].timeout', '6s'),
      set('spec.http[2].timeout', '7s'),
      set('spec.hosts[0]', 'web'),
    );
    expect(after).toBe(
      text
        .replace('[&host api]', '[web]')
        .replace('*first', 'name: a\n      timeout: 6s')
        .replace('*t', '7s')
        .replace('*host', '&host api'),
    );
  });

  test('an anchor that another object of a List uses', () => {
    const list = (first: string, second: string): string =>
      dedent`
      apiVersion: v1
      kind: List
      items:
        - apiVersion: networking.istio.io/v1
          kind: VirtualService
          metadata: {name: a}
          spec:
            hosts: FIRST
        - apiVersion: networking.istio.io/v1
          kind: VirtualService
          metadata: {name: b}
          spec:
            # same
            hosts: SECOND
    `
        .replace('FIRST', first)
        .replace('SECOND', second);
    const text = list('&hosts [api, web]', '*hosts');
    expect(changed(text, 0, set('spec.hosts[0]', 'x'))).toBe(list('[x, web]', '&hosts [api, web]'));
    expect(changed(text, 1, set('spec.hosts[0]', 'x'))).toBe(list('&hosts [api, web]', '[x, web]'));
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
    expect(body(merging, set('spec.http[0].timeout', '6s'))).toBe(
      merging.replace('- <<: *base\n', '- <<: *base\n      timeout: 6s\n'),
    );
  });

  test('a merged field that goes takes the merge key along', () => {
    expect(body(merging, remove('spec.http[1].timeout'))).toBe(
      merging.replace('- <<: *base\n      # about b', '- # about b'),
    );
  });

  test('what is merged from changes for nobody else', () => {
    const after = body(merging, set('spec.x-base', { timeout: '9s' }));
    expect(objectsOf(HEAD + after)[0]?.['spec']).toEqual({
      'x-base': { timeout: '9s' },
      http: [
        { timeout: '5s', name: 'a' },
        { timeout: '5s', name: 'b' },
      ],
    });
    expect(after).toContain('# about b\n');
  });
});

describe('text that the readers of Kubernetes refuse or read otherwise where it is plain', () => {
  test.for([
    ['a?b', "'a?b'"],
    [':a', "':a'"],
    ['a b', 'a b'],
    ['\u00a0a\u00a0', '\u00a0a\u00a0'],
    ['a\ufffe', '"a\\ufffe"'],
  ] as const)('%j within brackets is %s', ([value, expected]) => {
    const text = (name: string): string => `metadata: { name: api, labels: { a: ${name} } }\nspec: {}\n`;
    expect(body(text('v1'), set('metadata.labels.a', value))).toBe(text(expected));
  });

  test('a key of JSON', () => {
    const text = '{"a":{"b":"c"}}';
    const parsed = parse(text);
    const edited = parsed.ok ? edit(parsed.tree, ['a', 'x\u2028\u007f'], 'd') : parsed;
    expect(edited.ok && edited.tree.text).toBe('{"a":{"b":"c","x\\u2028\\u007f":"d"}}');
  });

  test('a block of lines put behind the last line, which has no line end', () => {
    const text = 'metadata:\n  name: api\nspec: {}\nx:\n  a: b';
    expect(body(text, set('x.c', 'd\ne\n'))).toBe(`${text}\n  c: |\n    d\n    e\n`);
  });
});
