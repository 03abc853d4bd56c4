import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isList, isObject, sameJson, type Json } from '../../src/base/json.ts';
import { edit, parse } from '../../src/yaml/index.ts';
import { identity } from '../../src/stores/manifests/identity.ts';
import { insert, remove, set, type Change } from './editing.ts';
import { choices, printed, virtualService, written, type Choose } from './handwriting.ts';

const RUNS = { numRuns: 150 };

/** The whole document, edited as a value. */
function edited(text: string, after: Json): string {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(`${parsed.fault.message}\n${text}`);
  const result = edit(parsed.tree, [], after, { identity });
  if (!result.ok) throw new Error(`${result.fault.message}\n${text}`);
  return result.tree.text;
}

function valueOf(text: string): Json {
  const parsed = parse(text);
  if (!parsed.ok || parsed.tree.root === null) throw new Error(`no value: ${text}`);
  return parsed.tree.root.value;
}

function routesOf(value: Json): readonly Json[] {
  const spec = isObject(value) ? value['spec'] : undefined;
  const http = isObject(spec) ? spec['http'] : undefined;
  return isList(http) ? http : [];
}

function size(value: Json, field: string): number {
  const list = isObject(value) ? value[field] : undefined;
  return Array.isArray(list) ? list.length : 0;
}

const PREVIEW: Json = {
  name: 'istiops-api-10',
  match: [{ headers: { 'x-cid': { exact: 'seu_madruga' } } }],
  route: [{ destination: { host: 'api', subset: 'api-10' } }],
};

/** One of the changes that the engine makes, on a value that has any routes. */
function someChange(value: Json, choose: Choose): Change {
  const routes = routesOf(value);
  const at = choose(routes.length);
  const chosen = routes[at] ?? null;
  const destination = choose(size(chosen, 'route'));
  const path = `spec.http[${at}].route[${destination}]`;
  const kinds: readonly (() => Change)[] = [
    () => set(`${path}.weight`, choose(101)),
    () => insert(path, { destination: { host: 'api', subset: 'api-10' }, weight: choose(101) }),
    () => (size(chosen, 'route') > 1 ? remove(path) : set(`spec.http[${at}].route`, [])),
    () =>
      insert(
        `spec.http[${choose(routes.length + 1)}]`,
        isObject(chosen) ? { ...chosen, ...(PREVIEW as object) } : PREVIEW,
      ),
    () => remove(`spec.http[${at}]`),
    () => set('metadata.annotations', { 'istiops/baseline': '{"v":1,"a":["it\'s"]}', x: 'on' }),
    () => set('metadata', { name: 'api' }),
    () => set(`spec.http[${at}].route`, [{ destination: { host: 'api', subset: 'api-10' } }]),
    () => set(`spec.http[${at}].match`, [{}, { headers: { cookie: { regex: '.*' } } }]),
    () => set('spec.hosts', ['api', 'on', 'x']),
  ];
  return (kinds[choose(kinds.length)] ?? kinds[0] ?? ((): Change => (same) => same))();
}

describe('whatever the handwriting', () => {
  test('the texts of these tests say what they are meant to', () => {
    fc.assert(
      fc.property(virtualService, choices, fc.boolean(), (value, choose, anchors) => {
        expect(valueOf(written(value, choose, { anchors }))).toEqual(value);
      }),
      RUNS,
    );
  });

  test('an edited text says what was asked for, and edited back what it said before', () => {
    fc.assert(
      fc.property(
        virtualService,
        choices,
        fc.boolean(),
        fc.integer({ min: 1, max: 4 }),
        (value, choose, anchors, count) => {
          const text = choose(5) === 0 ? printed(value, choose) : written(value, choose, { anchors });
          let after = value;
          for (let done = 0; done < count && routesOf(after).length > 0; done++)
            after = someChange(after, choose)(after);
          const result = edited(text, after);
          expect(sameJson(valueOf(result), after)).toBe(true);
          expect(sameJson(valueOf(edited(result, value)), value)).toBe(true);
        },
      ),
      RUNS,
    );
  });

  test('a route put in is one piece put in, and taken out again leaves not a byte', () => {
    fc.assert(
      fc.property(virtualService, choices, (value, choose) => {
        const text = choose(5) === 0 ? printed(value, choose) : written(value, choose, { anchors: false });
        const after = insert(`spec.http[${choose(routesOf(value).length + 1)}]`, PREVIEW)(value);
        const result = edited(text, after);
        expect(isOnePieceMore(text, result)).toBe(true);
        expect(edited(result, value)).toBe(text);
      }),
      RUNS,
    );
  });

  test('an annotation put in is one piece put in, and taken out again leaves not a byte', () => {
    fc.assert(
      fc.property(virtualService, choices, (value, choose) => {
        const text = choose(5) === 0 ? printed(value, choose) : written(value, choose, { anchors: false });
        const metadata = isObject(value) && isObject(value['metadata']) ? value['metadata'] : {};
        const key = 'istiops/baseline';
        const known = metadata['annotations'];
        fc.pre(!isObject(known) || Object.keys(known).length > 0);
        const after = set('metadata.annotations', { ...(isObject(known) ? known : {}), [key]: '{"v":1}' })(
          value,
        );
        const result = edited(text, after);
        expect(isOnePieceMore(text, result)).toBe(true);
        expect(edited(result, value)).toBe(text);
      }),
      RUNS,
    );
  });

  test('changed weights change the weights and nothing else', () => {
    fc.assert(
      fc.property(virtualService, choices, (value, choose) => {
        const text = choose(5) === 0 ? printed(value, choose) : written(value, choose, { anchors: false });
        const marked = (source: Json, mark: (old: number) => number): Json =>
          JSON.parse(JSON.stringify(source), (key, field: Json) =>
            key === 'weight' && typeof field === 'number' ? mark(field) : field,
          ) as Json;
        const result = edited(
          text,
          marked(value, (old) => old + 1000),
        );
        const back = result.replaceAll(
          /(weight["']?: ?)1(\d{3})\b/g,
          (_, key: string, digits: string) => `${key}${Number(digits)}`,
        );
        expect(back).toBe(text);
      }),
      RUNS,
    );
  });
});

/** Is `longer` what `text` is, with one piece more somewhere? */
function isOnePieceMore(text: string, longer: string): boolean {
  let [front, rear] = [0, 0];
  while (front < text.length && text[front] === longer[front]) front++;
  while (rear < text.length && text[text.length - 1 - rear] === longer[longer.length - 1 - rear]) rear++;
  return front + rear >= text.length;
}
