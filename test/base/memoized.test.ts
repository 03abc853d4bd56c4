import { expect, test } from 'vitest';
import { lazy, memoized, memoizedFor, memoizedLast } from '../../src/base/memoized.ts';

/** A function that counts its calls. */
function counted<K, V>(make: (key: K) => V): { readonly of: (key: K) => V; readonly calls: readonly K[] } {
  const calls: K[] = [];
  return {
    calls,
    of: (key) => {
      calls.push(key);
      return make(key);
    },
  };
}

test('lazy computes once, and only when it is asked', () => {
  const { of, calls } = counted((key: string) => (key === '' ? key : undefined));
  const value = lazy(() => of('once'));
  expect(calls).toEqual([]);
  expect([value(), value()]).toEqual([undefined, undefined]);
  expect(calls).toEqual(['once']);
});

test('memoized computes once for each key, also where nothing comes of it', () => {
  const { of, calls } = counted((key: string) => (key === 'a' ? undefined : key));
  const value = memoized(of);
  expect([value('a'), value('b'), value('a')]).toEqual([undefined, 'b', undefined]);
  expect(calls).toEqual(['a', 'b']);
});

test('memoizedLast keeps the last result alone', () => {
  const { of, calls } = counted((key: string) => (key === 'a' ? undefined : key));
  const value = memoizedLast(of);
  expect([value('a'), value('a'), value('b'), value('b'), value('a')]).toEqual([
    undefined,
    undefined,
    'b',
    'b',
    undefined,
  ]);
  expect(calls).toEqual(['a', 'b', 'a']);
});

test('memoizedFor computes once for each object, also where 0 or an empty text comes of it', () => {
  const { of, calls } = counted(({ size }: { readonly size: number }) => size);
  const sizeOf = memoizedFor(of);
  const [none, twin] = [{ size: 0 }, { size: 0 }];
  expect([sizeOf(none), sizeOf(none), sizeOf(twin)]).toEqual([0, 0, 0]);
  expect(calls).toEqual([none, twin]);
  expect(calls[0]).toBe(none);
});
